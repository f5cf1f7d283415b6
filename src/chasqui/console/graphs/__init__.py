"""Pictures of graphs: where nodes and edges go, and the SVG of it. Nothing here knows what they stand for."""
