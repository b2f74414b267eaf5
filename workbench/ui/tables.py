"""Tables as high as their rows, and no higher than there is room."""

ROW = 33
"""Pixels of a row."""


def fitted(n: int, most: int, row: int = ROW) -> int:
    """The height of a table, pixels.

    Args:
        n: Rows; the head is one more.
        most: Pixels from which on it scrolls.
        row: Pixels of a row.

    >>> fitted(3, 400), fitted(300, 400)
    (135, 400)
    """
    return min(row * (n + 1) + 3, most)
