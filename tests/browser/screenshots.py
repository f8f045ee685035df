"""Takes the picture of the desk that README shows: `make screenshots`."""

import sys

from playwright.sync_api import sync_playwright

from tests.browser.desk import ROOT, Api, Desk, browser_program, day_after, launched, local_cloud

FILE = ROOT / "docs/desk.png"


def main() -> None:
    if browser_program() is None:
        sys.exit("There is no browser to take the picture with: install chromium.")
    with local_cloud() as details, sync_playwright() as playwright, launched(playwright) as browser:
        api, day = Api(details), day_after(5)
        api.book(day, "09:00", "10:30")
        api.book(day, "11:00", "12:00", order_customer_id=details["german_customer_id"])
        api.book(day, "14:00", "16:00", complete_order=False)
        api.book(day, "08:00", "09:30", "second_resource_id", order_customer_id=details["german_customer_id"])
        api.book(day, "13:00", "15:00", "second_resource_id")
        for start, end, quantity, whose in (
            ("09:00", "17:00", 3, "customer_id"),
            ("10:00", "14:00", 4, "german_customer_id"),
            ("12:00", "18:00", 2, "customer_id"),
        ):
            customer = details[whose]
            api.book(
                day,
                start,
                end,
                "desk_area_id",
                "desk_service_id",
                quantity=quantity,
                order_customer_id=customer,
            )
        context = browser.new_context(
            viewport={"width": 1240, "height": 360}, locale="en-GB", timezone_id="Europe/Berlin"
        )
        desk = Desk(context, details).plan(day)
        desk.bar("Bernd").first.wait_for()
        desk.page.screenshot(path=FILE)
    print(f"{FILE.relative_to(ROOT)}: {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
