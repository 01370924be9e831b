"""The natural resources bureau (自然资源和规划局): housing certificates, estate by estate."""

__version__ = "0.1.0"
