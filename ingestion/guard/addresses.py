"""Which network addresses a fetch may connect to: public ones only, by a list of what is allowed rather than of what is not."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

IpAddress = IPv4Address | IPv6Address

# The IANA registries of special-purpose addresses (RFC 6890 and its updates), multicast (RFC 5771) and what is reserved
# (RFC 1112). The addresses that clouds give their metadata servers lie in these, but for the last one.
_SPECIAL_V4 = tuple(
    IPv4Network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
        *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",  # Azure's WireServer: a public address at which each virtual machine finds its host
    )
)
# Of IPv6 only global unicast is in use (RFC 4291): no loopback, no link-local or unique local address, no multicast, no
# IPv4-mapped (::ffff:0:0/96) or IPv4-compatible one.
_GLOBAL_V6 = IPv6Network("2000::/3")
# Protocol assignments with Teredo, documentation, and 6to4 (RFC 7526: no longer used), which holds an IPv4 address.
_SPECIAL_V6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20", "2002::/16")))
# Where a network has IPv6 only, the whole of IPv4 is reached through this prefix (RFC 6052); the last 32 bits are the address.
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: IpAddress) -> bool:
    """Whether an address is on the public internet, neither this machine nor its network nor what a cloud puts beside it."""
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        return address in _GLOBAL_V6 and not any(address in network for network in _SPECIAL_V6) and address.is_global
    return not any(address in network for network in _SPECIAL_V4) and address.is_global


def parse_address(text: str) -> IpAddress | None:
    """The address that ``text`` is (with brackets or a zone behind ``%``, as they may be), ``None`` for a name."""
    try:
        return ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None


def is_odd_number(host: str) -> bool:
    """Whether a host is an IPv4 address in a form that programs read differently: ``2130706433``, ``0177.0.0.1``, ``127.1``."""
    last = host.rstrip(".").rpartition(".")[2]
    looks_numeric = last.isdigit() or last[:2].lower() == "0x"  # no top-level domain is like that (WHATWG URL, section 3.5)
    return looks_numeric and not isinstance(parse_address(host), IPv4Address)
