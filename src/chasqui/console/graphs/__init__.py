"""Pictures of graphs: where nodes and edges go, and the SVG of it. Only `things.py` knows what stands in boxes."""
