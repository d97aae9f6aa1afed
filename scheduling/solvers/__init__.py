"""The only place that imports solver libraries: adapters of one shape."""
