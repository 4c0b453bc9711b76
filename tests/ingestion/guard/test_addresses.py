"""Which addresses are public."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.guard.addresses import is_odd_number, is_public, parse_address


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "1.1.1.1", "93.184.216.34", "172.15.255.255", "172.32.0.1"),
        *("2606:4700:4700::1111", "2a00:1450:4001::1", "64:ff9b::8.8.8.8"),
    ],
)
def test_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
        *("169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16"),  # metadata of clouds
        *("100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::8.8.8.8"),  # IPv4-mapped and -compatible
        *("2002:7f00:1::", "2002:808:808::1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1"),  # 6to4, NAT64
        *("2001::1", "2001:0:7f00:1::", "2001:db8::1", "3fff::1", "100::1", "4000::1", "5f00::1"),
    ],
)
def test_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@given(st.ip_addresses())
def test_never_more_than_the_registry_of_the_standard_library(address: object) -> None:
    found = ip_address(str(address))
    assert not is_public(found) or not (found.is_private or found.is_loopback or found.is_multicast or found.is_link_local)


@pytest.mark.parametrize(
    "host", ["2130706433", "0177.0.0.1", "127.1", "0x7f.0.0.1", "0x7f000001", "127.0.0.1.", "1.2.3", "256.1.1.1", "example.0x1"]
)
def test_numbers_that_programs_read_differently(host: str) -> None:
    assert is_odd_number(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "8.8.8.8", "example.com", "1password.com", "0x.example", "1.2.3.4.example"])
def test_usual_hosts(host: str) -> None:
    assert not is_odd_number(host)


def test_addresses_with_brackets_and_zones() -> None:
    assert parse_address("[::1]") == ip_address("::1")
    assert parse_address("fe80::1%25eth0") == ip_address("fe80::1")
    assert parse_address("example.com") is None
