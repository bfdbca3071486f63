"""FoleyDesigner: gives a silent film clip its Foley."""

__version__ = "0.1.0"
