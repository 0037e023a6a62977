"""Pictures as SVG: pure functions, coloured by the stylesheet, each with its numbers as a table."""

from ipaportal.core.pictures.against import Against, against
from ipaportal.core.pictures.bridge import BridgeStep, bridge
from ipaportal.core.pictures.dollar import Slice, one_dollar
from ipaportal.core.pictures.draw import Picture
from ipaportal.core.pictures.funnel import FunnelPoint, funnel
from ipaportal.core.pictures.heat import HeatRow, heat
from ipaportal.core.pictures.money_tree import Branch, money_tree
from ipaportal.core.pictures.months import MonthBar, bars12, sparkline
from ipaportal.core.pictures.pyramid import Band, panel_pyramid

__all__ = [
    "Against",
    "Band",
    "Branch",
    "BridgeStep",
    "FunnelPoint",
    "HeatRow",
    "MonthBar",
    "Picture",
    "Slice",
    "against",
    "bars12",
    "bridge",
    "funnel",
    "heat",
    "money_tree",
    "one_dollar",
    "panel_pyramid",
    "sparkline",
]
