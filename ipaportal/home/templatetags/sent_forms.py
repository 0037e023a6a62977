"""`{% csrf_token %}`, which also gives a form the token by which it is taken once."""

from django import template
from django.template.base import Parser, Token
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ipaportal.identity.web.once import FIELD, new_token

register = template.Library()


class FormTokensNode(CsrfTokenNode):
    """Django's own hidden input, and ours."""

    def render(self, context: Context) -> SafeString:
        field = format_html('<input type="hidden" name="{}" value="{}">', FIELD, new_token())
        return super().render(context) + field


@register.tag
def csrf_token(parser: Parser, token: Token) -> FormTokensNode:
    return FormTokensNode()
