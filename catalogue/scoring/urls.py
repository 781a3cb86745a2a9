"""The scoring protocol's addresses, with a slash at the end or without."""

from django.urls import re_path

from catalogue.scoring import views

app_name = "scoring"

urlpatterns = [
    re_path(r"^scoring-api/?\Z", views.Root.as_view(), name="root"),
    re_path(r"^scoring-api/score/?\Z", views.Score.as_view(), name="score"),
    re_path(r"^scoring-api/items/?\Z", views.Items.as_view(), name="items"),
    re_path(r"^scoring-api/items/count/?\Z", views.ItemsCount.as_view(), name="items_count"),
    re_path(r"^scoring-api/items/(?P<item_id>[\s\S]+)\Z", views.Item.as_view(), name="item"),
    re_path(r"^scoring-api/terms/?\Z", views.Terms.as_view(), name="terms"),
    re_path(r"^scoring-api/terms/count/?\Z", views.TermsCount.as_view(), name="terms_count"),
    re_path(r"^scoring-api/weights/?\Z", views.Weights.as_view(), name="weights"),
    re_path(r"^scoring-api/weights/count/?\Z", views.WeightsCount.as_view(), name="weights_count"),
    re_path(r"^scoring-api/compute/?\Z", views.Compute.as_view(), name="compute"),
    re_path(r"^scoring-api/[\s\S]*\Z", views.Unknown.as_view(), name="unknown"),
]
