"""Which addresses are on the internet, which are this machine."""

from __future__ import annotations

import ipaddress

import pytest

from connector.rest.addresses import is_loopback, is_public, names_loopback, resolve


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"])
def test_public(address):
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::", "::1", "fe80::1", "fd00::1",
        "fec0::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1",
        "2002:a00:1::", "2001:0:4136:e378::1", "::127.0.0.1", "64:ff9b:1::1",
    ],
)  # fmt: skip
def test_not_public(address):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "::ffff:127.0.0.1"]
)
def test_this_machine(host):
    assert names_loopback(host)


@pytest.mark.parametrize("host", ["", "example.com", "localhost.example.com", "0.0.0.0", "10.0.0.1", "2130706433"])
def test_not_this_machine(host):
    assert not names_loopback(host)


def test_each_address_comes_once():
    assert [ipaddress.ip_address("127.0.0.1")] == resolve("127.0.0.1", 80, 1.0)
    assert all(is_loopback(address) for address in resolve("localhost", 80, 1.0))


@pytest.mark.parametrize("host", ["a..b", "x" * 70 + ".example.com", "no-such-host.invalid"])
def test_name_that_cannot_be_is_an_os_error(host):
    with pytest.raises(OSError, match=r".+"):
        resolve(host, 80, 5.0)
