// The day as a list, by start: for phones and for printing.

import { useDesk } from "../desk.jsx";
import { clock, span, zoneName } from "../time.js";
import { kindOf } from "./grid.jsx";

export function DayList({ plan, open }) {
  const { t, language } = useDesk();
  const names = new Map(plan.resources.map((each) => [each.id, each.name]));
  const shown = plan.bookings.filter((booking) => booking.resource_ids.some((id) => names.has(id)));
  if (!shown.length) return <p class="empty">{t("noBookings")}</p>;
  const [day] = plan.days;
  return (
    <ol class="agenda">
      {shown.map((booking) => (
        <li key={booking.id}>
          <button class={`entry ${kindOf(booking)}`} onClick={() => open(booking)}>
            <time>
              {booking.start < day.start || booking.end > day.end
                ? span(booking.start, booking.end, plan.zone, language)
                : `${clock(booking.start, plan.zone)}–${clock(booking.end, plan.zone)}${zoneName(booking.start, plan.zone, language)}`}
            </time>
            <b>{booking.name ?? (booking.is_blocker ? t("blocker") : t("walkIn"))}</b>
            <span>
              {[booking.resource_ids.map((id) => names.get(id)).filter(Boolean).join(", "), booking.services, booking.weight > 1 && `× ${booking.weight}`,
                booking.expires_at && t("draft", { time: clock(Date.parse(booking.expires_at), plan.zone) }), booking.is_checked_in && t("checkedIn"),
                booking.is_override && t("override")].filter(Boolean).join(" · ")}
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}
