"""Vectors in, map out: coordinates, clusters with names, neighbours and near-duplicates, all from one neighbour
graph.

The picture and the clusters come from the same graph but not from one another: clusters are found on the graph, so
they do not inherit what a two-dimensional drawing must distort. The same stored vectors and seed give the same map,
bit for bit, on one machine at any thread count. A cluster is a suggestion about where to look; whether it is one
problem or three is for the person who reads it. ``docs/maps.md`` says what was measured.
"""

from workbench.clusters.duplicates import near_duplicates
from workbench.clusters.grouping import DEFAULT, METHODS
from workbench.clusters.maps import Map, build_map
from workbench.clusters.naming import names
from workbench.clusters.placing import inside, place

__all__ = ["DEFAULT", "METHODS", "Map", "build_map", "inside", "names", "near_duplicates", "place"]
