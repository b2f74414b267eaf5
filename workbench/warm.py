"""Fill the compiled caches, so that the first map of a session is not the one that waits for a compiler.

The layout is drawn by compiled code that numba keeps beside the installed packages, or in NUMBA_CACHE_DIR. Run once
after installing: ``python -m workbench.warm``.
"""


def warm() -> int:
    """Make a tiny map; returns the number of its points."""
    import numpy as np

    from workbench.clusters import build_map

    vectors = np.random.default_rng(0).normal(size=(60, 8))
    return len(build_map(vectors, [""] * len(vectors)).points)


if __name__ == "__main__":
    warm()
