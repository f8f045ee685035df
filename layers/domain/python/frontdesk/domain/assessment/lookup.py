"""Looks up the items that a request names by id, and collects problems. Pure."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from frontdesk.domain.assessment.limits import MAX_RESOURCES
from frontdesk.domain.assessment.time_rules import zone_of
from frontdesk.domain.catalog.items import Customer, Resource, Service, TimeslotSeries
from frontdesk.domain.orders.snapshot import Snapshot
from frontdesk.domain.problems import Places, Problem, pointer
from frontdesk.domain.requests.order import BookingConfig, OrderConfig, Reading, SubBookingConfig
from frontdesk.domain.time.intervals import zone_of_name
from frontdesk.errors import Phrase, Value


class Lookup:
    """Finds the items that a request names by id.

    `problems` begins with the problems found while reading the body. Each failed look-up adds one.
    """

    def __init__(self, reading: Reading[OrderConfig], known: Snapshot, now: int) -> None:
        organization = known.organization()
        if organization is None:
            raise LookupError("the organization of a valid token is missing")
        self.organization = organization
        self.config = reading.config
        self.known = known
        self.now = now
        self.problems = list(reading.problems)
        self.is_unread = Places(reading.problems).touch
        self.zone = zone_of_name(self.config.timezone) or organization.zone
        if self.config.timezone is not None and zone_of_name(self.config.timezone) is None:
            self.refuse("invalid_timezone", "timezone")

    def refuse(self, code: str, *path: str | int, **values: Value) -> None:
        """Adds a problem that points at `path`."""
        self.problems.append(Problem(code, values, pointer=pointer(*path)))

    def customer(self, id: str | None, *path: str | int) -> Customer | None:
        """Returns the customer with this id, or None if there is no id.

        For an unknown id, adds the problem `customer_not_found` and returns None.
        """
        if id is None:
            return None
        customer = self.known.customer(id)
        if customer is None:
            self.refuse("customer_not_found", *path, reason=Phrase("no_customer", {"id": id}))
        return customer

    def place(self, resources: Sequence[Resource]) -> ZoneInfo:
        """Returns the zone of the first resource, or the organization's zone if there are no resources."""
        return zone_of(resources[0], self.organization) if resources else self.organization.zone

    def resources(self, config: BookingConfig | SubBookingConfig, *here: str | int) -> tuple[Resource, ...]:
        """Returns a booking's resources. Adds a problem if an id is missing, unknown or repeated, or if there are too many."""
        path = (*here, "resource_id")
        if len(config.resource_id or ()) > MAX_RESOURCES:
            self.refuse("too_many_resources", *path, most=MAX_RESOURCES)
            return ()
        if not config.resource_id:
            if not self.is_unread(*path):
                self.refuse("resource_id_required", *path)
            return ()
        resources: dict[str, Resource] = {}
        for i, id in enumerate(config.resource_id):
            # A single id may be sent without an array. The pointer is then the field itself.
            id_path = path if len(config.resource_id) == 1 else (*path, i)
            if id is None:
                if not self.is_unread(*id_path):
                    self.refuse("resource_id_required", *id_path)
                continue
            resource = self.known.resource(id)
            if resource is None:
                self.refuse("resource_not_found", *id_path, id=id)
            elif id in resources:
                self.refuse("resource_repeated", *id_path, id=id)
            else:
                resources[id] = resource
        return tuple(resources.values())

    def services(
        self, config: BookingConfig | SubBookingConfig, resources: Sequence[Resource], *here: str | int
    ) -> tuple[tuple[Service, int], ...]:
        """Returns a booking's services with their quantities.

        Adds a problem for each service that is unknown, or that one of the resources does not offer.
        """
        path = (*here, "service_id")
        if not config.service_id:
            if not self.is_unread(*path):
                self.refuse("service_id_required", *path)
            return ()
        services: list[tuple[Service, int]] = []
        for id, quantity in config.service_id.items():
            service = self.known.service(id)
            # The only service of a sub-booking may be sent as a plain id. The pointer is then the field itself.
            id_path = (
                path if isinstance(config, SubBookingConfig) and len(config.service_id) == 1 else (*path, id)
            )
            if service is None:
                self.refuse("service_not_found", *id_path, id=id)
                continue
            elsewhere = [resource.name for resource in resources if resource.id not in service.resource_ids]
            if elsewhere:
                self.refuse("service_not_offered", *id_path, services=service.name, resources=elsewhere)
            services.append((service, quantity))
        return tuple(self._with_quantity(config, services, *here))

    def _with_quantity(
        self, config: BookingConfig | SubBookingConfig, services: list[tuple[Service, int]], *here: str | int
    ) -> list[tuple[Service, int]]:
        """Applies the `quantity` of a booking to its services.

        Examples with one service:
        - `quantity` 3 and `service_id` {"S": 1}: returns 3 units of S.
        - `quantity` 3 and `service_id` {"S": 3}: returns 3 units of S.
        - `quantity` 3 and `service_id` {"S": 2}: adds the problem `quantity_mismatch`.

        Examples with two services:
        - `quantity` 1 and `service_id` {"S": 2, "T": 1}: returns 2 units of S and 1 unit of T.
        - `quantity` 3 and `service_id` {"S": 2, "T": 1}: adds the problem `quantity_mismatch`.
        """
        if config.quantity is None or (config.quantity == 1 and len(config.service_id or ()) > 1):
            return services
        if len(config.service_id or ()) == 1 and services and services[0][1] in (1, config.quantity):
            return [(services[0][0], config.quantity)]
        if services:
            reason = Phrase("contradicts_service_id")
            self.refuse("quantity_mismatch", *here, "quantity", reason=reason)
        return services

    def timeslot_series(
        self, config: BookingConfig, resources: Sequence[Resource], *here: str | int
    ) -> TimeslotSeries | None:
        """Returns the booking's timeslot series, or None.

        Adds a problem if the series is unknown, or if one of the resources does not belong to it.
        """
        id, path = config.timeslot_series_id, (*here, "timeslot_series_id")
        if id is None:
            return None
        series = self.known.timeslot_series(id)
        if series is None:
            self.refuse("timeslot_series_not_found", *path, id=id)
            return None
        elsewhere = [
            resource.name
            for resource in resources
            if series.resource_ids and resource.id not in series.resource_ids
        ]
        if elsewhere:
            self.refuse("timeslot_series_not_offered", *path, series=series.name, resources=elsewhere)
        return series
