"""One schedule: clients in a world, all of it by a seed, and the judgement in the end."""

from random import Random

from frontdesk.usecases.audit import sweep
from tests.simulation.checker import Checker
from tests.simulation.clients import PROFILES, Clients, shop
from tests.simulation.world import Clock, World


def run(seed: int, profile: str | None = None) -> tuple[World, Clients]:
    """Raises Violation, and whatever a client raises that is no refusal. Without a `profile` the seed draws one."""
    name = profile or Random(seed).choice(list(PROFILES))
    clients_of, weather = PROFILES[name]
    world = World(f"{name} {seed}", weather, shop())
    clients = Clients(world)
    with world.in_charge():
        world.run(clients_of(clients))
        # Long after, when nobody has an excuse any more.
        world.now += 2 * 3600
        sweep(world.store, Clock(world))
    Checker(world.engine, clients.calls).check()
    return world, clients
