"""Which resource types there are and how they hang together."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Relation:
    """A relationship. `target` is None when nothing of that type is ever stored here."""

    many: bool
    target: str | None = None


def _one(target: str | None = None) -> Relation:
    return Relation(False, target)


def _many(target: str | None = None) -> Relation:
    return Relation(True, target)


#: Resource type to its relationships.
RELATIONS: dict[str, dict[str, Relation]] = {
    "jobs": {
        "stages": _many("stages"),
        "location": _one("locations"),
        "department": _one("departments"),
        "division": _one(),
        "structure_custom_group_one": _one(),
        "company": _one(),
        "structure_link": _one(),
        "hiring_manager_user": _one(),
        "recruitment_manager_user": _one(),
        "creator_user": _one(),
        "applications": _many("applications"),
        "job_postings": _many(),
        "questions": _many("questions"),
        "custom_attributes": _many(),
    },
    "applications": {
        "job": _one("jobs"),
        "job_posting": _one(),
        "stage": _one("stages"),
        "furthest_stage": _one("stages"),
        "candidate": _one("candidates"),
        "hris_reference": _one(),
        "onboarding_application": _one(),
        "document_requests": _many(),
        "offers": _many(),
        "answers": _many("answers"),
        "custom_attributes": _many(),
        "structured_section_responses": _many(),
        "scorecard_ratings": _many(),
        "scorecard_notes": _many(),
        "scorecard_answers": _many(),
        "user_scorecards": _many(),
        "comments": _many("comments"),
    },
    "candidates": {
        "applications": _many("applications"),
        "hris_references": _many(),
        "job_seekers": _many(),
        "skills": _many(),
        "custom_attributes": _many(),
    },
    "stages": {"applications": _many("applications"), "stageable": _one("jobs")},
    "comments": {"commentable": _one("applications"), "user": _one("users")},
    "locations": {"equality_monitoring_template": _one()},
    "departments": {},
    "questions": {},
    "answers": {"question": _one("questions")},
    "users": {},
}

#: Include names as a tree: `{"candidate": {"applications": {}}}`.
Tree = dict[str, "Tree"]


def include_tree(kind: str, paths: list[str]) -> Tree | None:
    """The tree of the include `paths` of resource type `kind`; None when a name is unknown."""
    tree: Tree = {}
    for path in paths:
        node, here = tree, kind
        for step in path.split("."):
            known = RELATIONS.get(here)
            if known is None or step not in known:
                return None
            node = node.setdefault(step, {})
            here = known[step].target or ""
    return tree


def merge(into: Tree, other: Tree) -> None:
    """Adds the names of `other` to `into`."""
    for name, below in other.items():
        merge(into.setdefault(name, {}), below)
