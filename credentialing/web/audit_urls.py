"""Addresses of file audits."""

from django.urls import path

from credentialing.web import audits

urlpatterns = [
    path("", audits.sample_list, name="sample_list"),
    path("new/", audits.sample_new, name="sample_new"),
    path("<int:sample_id>/", audits.sample_detail, name="sample_detail"),
    path("<int:sample_id>/population/", audits.sample_population, name="sample_population"),
    path("<int:sample_id>/packet/", audits.packet_ask, name="packet_ask"),
    path("<int:sample_id>/packet.zip", audits.packet_file, name="packet_file"),
    path("files/<int:sampled_file_id>/", audits.sampled_file_detail, name="sampled_file"),
    path("files/<int:sampled_file_id>/mark/", audits.sample_mark, name="sample_mark"),
]
