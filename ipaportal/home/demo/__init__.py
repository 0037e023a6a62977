"""A demo IPA: invented people and money, written as plan files and received like any other."""

from ipaportal.home.demo.build import build_demo

__all__ = ["build_demo"]
