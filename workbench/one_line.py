"""A text that somebody else wrote, fit for a sentence: one line, and nothing that commands a terminal or turns letters.

Names of clusters and codes, ids of passages, hashes and releases come from files and people. What is left is still only
text: pages and reports escape it besides.
"""

JOINERS = "\u200c\u200d"
"""They hold letters and emoji together, in Persian and in families."""


def one_line(text: object) -> str:
    r"""Take out what cannot be seen, and make every stretch of white space one space.

    >>> one_line("refund\n\x1b[31mof a \u202evoucher")
    'refund [31mof a voucher'
    """
    seen = "".join(each for each in str(text) if each.isprintable() or each.isspace() or each in JOINERS)
    return " ".join(seen.split())
