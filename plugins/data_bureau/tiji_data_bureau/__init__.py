"""The data bureau (市数据资源局): online messages and 12345 work orders on the stations."""

__version__ = "0.1.0"
