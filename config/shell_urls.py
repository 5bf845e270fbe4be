"""Addresses of the frame."""

from django.urls import path
from django.views.i18n import set_language

from config.shell_views import home, text_size

urlpatterns = [
    path("", home, name="home"),
    path("language/", set_language, name="set_language"),
    path("text-size/", text_size, name="text_size"),
]
