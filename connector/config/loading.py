"""Reads the folder of mapping files: all mappings, or all problems of all files at once."""

from collections.abc import Mapping as Environment
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from connector.config.checks import cross_check
from connector.config.environment import read_environment
from connector.config.mapping import Mapping
from connector.config.problems import ConfigProblems, Problem, quoted
from connector.config.syntax import Finding
from connector.config.tree import Tree, read_tree
from connector.config.wording import explain_all

#: The shipped example: a pattern to copy, not a company.
EXAMPLE_FILE = "example.yaml"
COPY_EXAMPLE = "copy mappings/example.yaml to {folder}/<company>.yaml and edit it"


@dataclass
class _Read:
    """One file after reading: its mapping, or its problems."""

    file: Path
    tree: Tree
    mapping: Mapping | None
    problems: list[Problem]

    @property
    def company(self) -> str | None:
        """The name in the file, also where the file has problems elsewhere."""
        name = self.tree.data.get("company") if isinstance(self.tree.data, dict) else None
        return name if isinstance(name, str) else None


def load_mappings(
    folder: Path, company: str | None = None, *, environ: Environment[str, str] | None = None
) -> list[Mapping]:
    """Reads every mapping of a folder, in the order of the file names, or only that of one company.

    Secrets are looked up in `environ`, by default the process's variables over settings.env. With `company`,
    mistakes in other companies' files do not matter. Raises `ConfigProblems` with all problems of all files.
    """
    environ = read_environment() if environ is None else environ
    reads = [_read_file(file, environ) for file in mapping_files(folder)]
    _note_repeated_companies(reads)
    if company is not None:
        reads = _of_company(reads, company, folder)
    problems = [problem for read in reads for problem in read.problems]
    if problems:
        raise ConfigProblems(problems)
    return [read.mapping for read in reads if read.mapping is not None]


def mapping_files(folder: Path) -> list[Path]:
    """Returns the files that hold a mapping, sorted; raises `ConfigProblems` where there is none."""
    try:
        entries = sorted(folder.iterdir())
    except FileNotFoundError:
        raise _folder_problem(folder, "there is no such folder") from None
    except NotADirectoryError:
        raise _folder_problem(folder, "this is a file, not a folder") from None
    except OSError as exc:
        raise _folder_problem(folder, f"the folder cannot be read ({exc.strerror})") from None
    files = [
        entry
        for entry in entries
        if entry.suffix.lower() in (".yaml", ".yml")
        and entry.name != EXAMPLE_FILE
        and not entry.name.startswith((".", "_"))
    ]
    if not files:
        raise _folder_problem(folder, "there is no mapping file in this folder")
    return files


def _folder_problem(folder: Path, what: str) -> ConfigProblems:
    return ConfigProblems([Problem(str(folder), 0, 0, what, COPY_EXAMPLE.format(folder=folder))])


def _read_file(file: Path, environ: Environment[str, str]) -> _Read:
    if file.suffix != ".yaml":
        return _unread(file, (1, 1), f"the name ends in {file.suffix}", f"rename the file to {file.stem}.yaml")
    try:
        content = file.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as exc:
        return _unread(file, (1, 1), f"the file cannot be read ({exc.strerror})", "make it a file that we may read")
    except UnicodeDecodeError as exc:
        line = exc.object[: exc.start].count(b"\n") + 1
        column = exc.start - exc.object.rfind(b"\n", 0, exc.start)
        return _unread(file, (line, column), "the file is not UTF-8", "save it as UTF-8")
    return _read_text(file, text, environ)


def read_mapping(file: Path, text: str, environ: Environment[str, str]) -> Mapping:
    """Reads the text of one file, which need not stand there yet; raises `ConfigProblems`."""
    read = _read_text(file, text, environ)
    if read.mapping is None:
        raise ConfigProblems(read.problems)
    return read.mapping


def _read_text(file: Path, text: str, environ: Environment[str, str]) -> _Read:
    tree = read_tree(text, environ)
    mapping, findings = _validate(tree)
    problems = [Problem(str(file), *finding.position, finding.what, finding.instead) for finding in findings]
    if mapping is not None:
        mapping._file = file
    return _Read(file, tree, mapping if not problems else None, problems)


def _unread(file: Path, position: tuple[int, int], what: str, instead: str) -> _Read:
    return _Read(file, Tree(), None, [Problem(str(file), *position, what, instead)])


def _validate(tree: Tree) -> tuple[Mapping | None, list[Finding]]:
    if tree.data is None and tree.findings:
        return None, tree.findings
    if not isinstance(tree.data, dict):
        what = "the file is empty" if tree.data is None else "the file is not a group of keys"
        return None, [*tree.findings, Finding((1, 1), what, "copy mappings/example.yaml over it and edit it")]
    findings = [*tree.findings, *cross_check(tree)]
    try:
        return Mapping.model_validate(tree.data), findings
    except ValidationError as exc:
        return None, findings + explain_all(exc.errors(include_input=False, include_url=False), tree)


def _note_repeated_companies(reads: list[_Read]) -> None:
    first: dict[str, _Read] = {}
    for read in reads:
        if read.company is None:
            continue
        earlier = first.setdefault(read.company, read)
        if earlier is not read:
            line = earlier.tree.value_position(("company",))[0]
            what = f"company {quoted(read.company)} has a file already: {earlier.file}:{line}"
            position = read.tree.value_position(("company",))
            read.problems.append(Problem(str(read.file), *position, what, "give each company one file and one name"))


def _of_company(reads: list[_Read], company: str, folder: Path) -> list[_Read]:
    """Keeps one company's files; a file too broken to name its company goes by its own name."""
    chosen = [read for read in reads if (read.company or read.file.stem) == company]
    if chosen:
        return chosen
    known = ", ".join(sorted({f"{read.company or read.file.stem}" for read in reads}))
    raise ConfigProblems(
        [Problem(str(folder), 0, 0, f"no mapping is of company {quoted(company)}", f"use one of {known}")]
    )
