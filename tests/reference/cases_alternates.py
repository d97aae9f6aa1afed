"""The part of a random case that gives BOM lines alternates of the same group."""

from __future__ import annotations

from tests.reference.builder import Builder


def add_alternates(builder: Builder) -> None:
    """Add alternates to some lines: other components after the parent, some with dates."""
    if builder.random.random() > builder.often(0.4, "alternates"):
        return
    parents = {row["parent_item_id"] for row in builder.tables.get("bom_lines", [])}
    for line in list(builder.tables.get("bom_lines", [])):
        later = builder.items[builder.items.index(line["parent_item_id"]) + 1 :]
        if builder.random.random() < 0.8:  # else some need each other
            later = [item for item in later if item not in parents]
        if line["quantity_per"] <= 0 or builder.random.random() < 0.4 or len(later) < 2:
            continue
        line["component_item_id"] = builder.pick(later)
        group = line["alternate_group"] = line["alternate_group"] or builder.pick(("a", "c"))
        line["alternate_priority"] = builder.maybe(0.7, (1, 2))
        for _ in range(builder.pick((1, 1, 2))):
            builder.add(
                "bom_lines",
                **{
                    **line,
                    "component_item_id": builder.pick(later),
                    "quantity_per": builder.pick((1.0, 2.0, 0.5, 3.0, 0.3)),
                    "quantity_fixed": builder.maybe(0.15, (1.0, 0.25)) or 0.0,
                    "offset_days": builder.maybe(0.3, (1, 3, -2)),
                    "effective_from": builder.maybe(0.15, [builder.day(-5, 20)]),
                    "effective_to": None,
                    "alternate_group": group,
                    "alternate_priority": builder.maybe(0.8, (1, 2, 3)),
                    "usage_fraction": builder.maybe(0.3, (0.5, 0.25, 0.0)),
                },
            )
        for item in later:
            if builder.random.random() < 0.4:
                site = builder.site_cell(builder.pick(builder.sites))
                builder.add("on_hand", item_id=item, site_id=site, quantity=builder.amount(0, 40))
