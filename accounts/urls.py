"""Addresses of the door."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts.views import SignIn, SignInAs

urlpatterns = [
    path("sign-in/", SignIn.as_view(), name="sign_in"),
    path("sign-in/as/", SignInAs.as_view(), name="sign_in_as"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
]
