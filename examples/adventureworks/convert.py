"""Convert the public AdventureWorks tables (an ERP's) to the tables of docs/tables.md.

    python examples/adventureworks/convert.py SOURCE_DIR [TARGET_DIR]

One function per table that it writes; README.md beside it says what is mapped to what, and what is assumed.
"""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path

import polars as pl

AS_OF = date(2014, 2, 3)
"""The planning date, at the start of the day: a Monday with five months of sales ahead."""

CONTENT = {"EA": 1.0, "DZ": 12.0, "GAL": 128.0, "CAN": 1000.0, "CTN": 1000.0, "CS": 1000.0, "PAK": 100.0}
"""Stock units (pieces, ounces, inches) in one purchase unit; of cans, containers, cases and packs it is assumed."""

OPERATION = ["item_id", "operation_sequence", "work_center_id"]
Source = dict[str, pl.DataFrame]


def read_source(folder: Path) -> Source:
    """Return the source's tables by name, typed as ours are; a ProductID brings its item_id, the product number."""
    tables = {path.stem.split(".")[1]: pl.read_parquet(path) for path in folder.glob("*.parquet")}
    tables["ModelRouting"] = pl.read_csv(folder / "planning_csv" / "model_routings.csv")
    dates, numbers, texts = pl.col(pl.Datetime).cast(pl.Date), pl.col(pl.Decimal).cast(float), pl.col(pl.String)
    tables = {name: frame.with_columns(dates, numbers, texts.str.strip_chars()) for name, frame in tables.items()}
    ids = tables["Product"].select("ProductID", item_id="ProductNumber")
    return {
        n: frame.join(ids, on="ProductID") if "ProductID" in frame.columns else frame for n, frame in tables.items()
    }


def items(source: Source) -> pl.DataFrame:
    """Return one item per product; a bought part without a standard cost costs what its first supplier asks."""
    lines = source["BillOfMaterials"].drop_nulls("ProductAssemblyID")
    units = lines.group_by(ProductID="ComponentID").agg(pl.col("UnitMeasureCode").first())
    prices = item_suppliers(source).filter(priority=1).select("item_id", price="unit_price")
    families = source["ProductSubcategory"].select("ProductSubcategoryID", family="Name")
    is_made, is_component = pl.col("MakeFlag"), pl.col("UnitMeasureCode").is_not_null()
    is_stocked = pl.col("item_id").is_in(source["ProductInventory"]["item_id"].unique().implode())
    is_ended = pl.col("SellEndDate").lt(AS_OF).fill_null(False) & ~is_component
    by_order_point = ~is_made & ~is_component & ~pl.col("FinishedGoodsFlag")
    level, unit = pl.col("SafetyStockLevel"), pl.col("UnitMeasureCode").fill_null("EA")
    products = source["Product"].join(units, on="ProductID", how="left").join(prices, on="item_id", how="left")
    products = products.join(families, on="ProductSubcategoryID", how="left").sort("item_id")
    return products.select(
        "item_id",
        pl.col("Name").alias("description"),
        unit.alias("unit"),
        pl.when(unit == "EA").then(0).alias("quantity_decimals"),
        "family",
        pl.coalesce(pl.when(pl.col("StandardCost") > 0).then("StandardCost"), "price").alias("unit_cost"),
        pl.col("ListPrice").alias("unit_price"),
        pl.when(is_made).then(pl.lit("make")).otherwise(pl.lit("buy")).alias("supply_type"),
        pl.when(is_made).then("DaysToManufacture").alias("lead_time_days"),
        pl.when(is_made).then(pl.lit("working")).otherwise(pl.lit("calendar")).alias("lead_time_unit"),
        pl.when(is_stocked & ~is_ended & ~by_order_point).then(level).alias("safety_stock"),
        pl.when(by_order_point).then(pl.lit("order_up_to")).alias("lot_sizing_rule"),
        pl.when(by_order_point).then(level).alias("order_up_to_level"),
        pl.when(by_order_point).then("ReorderPoint").alias("order_point"),
    )


def bom_lines(source: Source) -> pl.DataFrame:
    """Return the lines with their dates: the source's EndDate is a line's last day, ours the first day without it."""
    parents = source["Product"].select(ProductAssemblyID="ProductID", parent_item_id="item_id")
    components = source["Product"].select(ComponentID="ProductID", component_item_id="item_id")
    names = {"PerAssemblyQty": "quantity_per", "StartDate": "effective_from", "BillOfMaterialsID": "line_id"}
    lines = source["BillOfMaterials"].join(parents, on="ProductAssemblyID").join(components, on="ComponentID")
    lines = lines.with_columns(effective_to=pl.col("EndDate") + timedelta(days=1)).rename(names)
    pair = ["parent_item_id", "component_item_id"]
    lines = lines.sort(*pair, "effective_from")
    return lines.select(*pair, "quantity_per", "effective_from", "effective_to", "line_id")


def suppliers(source: Source) -> pl.DataFrame:
    """Return every vendor under its account number."""
    return source["Vendor"].select(supplier_id="AccountNumber", description="Name").sort("supplier_id")


def item_suppliers(source: Source) -> pl.DataFrame:
    """Return the offers of active vendors in stock units; preferred vendors first, then by price and lead time."""
    content = pl.col("UnitMeasureCode").replace_strict(CONTENT)
    limits = ["minimum_order_quantity", "order_multiple", "maximum_order_quantity"]
    return (
        source["ProductVendor"]
        .join(source["Vendor"].filter("ActiveFlag"), on="BusinessEntityID")
        .rename({"AccountNumber": "supplier_id", "AverageLeadTime": "lead_time_days"})
        .with_columns(order_multiple=content, unit_price=(pl.col("StandardPrice") / content).round(6))
        .with_columns(minimum_order_quantity=pl.col("MinOrderQty") * content)
        .with_columns(maximum_order_quantity=pl.col("MaxOrderQty") * content)
        .sort("item_id", ~pl.col("PreferredVendorStatus"), "unit_price", "lead_time_days", "supplier_id")
        .with_columns(priority=pl.int_range(1, pl.len() + 1).over("item_id"))
        .select("item_id", "supplier_id", "lead_time_days", *limits, "unit_price", "priority")
    )


def demands(source: Source) -> pl.DataFrame:
    """Return the sales lines that had not been shipped at the start of the planning date, at the price paid."""
    history = pl.concat([source["TransactionHistoryArchive"], source["TransactionHistory"]])
    orders = source["SalesOrderHeader"].filter(pl.col("ShipDate") >= AS_OF)
    order, line = "ReferenceOrderID", "ReferenceOrderLineID"
    lines = history.filter(TransactionType="S").join(orders, left_on=order, right_on="SalesOrderID")
    names = {"DueDate": "due_date", "Quantity": "quantity", "CustomerID": "customer_id", "ActualCost": "unit_price"}
    lines = lines.sort(order, line).with_columns(demand_id=pl.format("SO{}-{}", order, line)).rename(names)
    return lines.select("demand_id", "item_id", "due_date", "quantity", "customer_id", "unit_price")


def customers(source: Source) -> pl.DataFrame:
    """Return the customers of these sales orders; their names are not among the source's tables."""
    orders = source["SalesOrderHeader"].filter(pl.col("ShipDate") >= AS_OF)
    segment = pl.when("OnlineOrderFlag").then(pl.lit("online")).otherwise(pl.lit("reseller"))
    return orders.select(customer_id="CustomerID", segment=segment).unique().sort("customer_id")


def on_hand(source: Source) -> pl.DataFrame:
    """Return the stock of all shelves together: the tables have sites, not shelves."""
    return source["ProductInventory"].group_by("item_id").agg(quantity=pl.col("Quantity").sum()).sort("item_id")


def scheduled_receipts(source: Source) -> pl.DataFrame:
    """Return the purchase order lines and work orders that were open at the start of the planning date."""
    vendors = source["Vendor"].select(VendorID="BusinessEntityID", supplier_id="AccountNumber")
    content = item_suppliers(source).filter(priority=1).select("item_id", content="order_multiple")
    names = {"DueDate": "due_date", "OrderQty": "quantity", "OrderDate": "release_date", "StartDate": "release_date"}
    columns = ["order_id", "item_id", "due_date", "quantity", "release_date", "supplier_id"]
    order_lines = source["PurchaseOrderDetail"].join(source["PurchaseOrderHeader"], on="PurchaseOrderID")
    bought = order_lines.filter(pl.col("OrderDate") < AS_OF, pl.col("DueDate") >= AS_OF)
    bought = bought.join(vendors, on="VendorID").join(content, on="item_id")
    number = pl.format("PO{}-{}", "PurchaseOrderID", "PurchaseOrderDetailID")
    bought = bought.with_columns(pl.col("OrderQty") * pl.col("content"), order_id=number)
    made = source["WorkOrder"].filter(pl.col("StartDate") < AS_OF, pl.col("EndDate") >= AS_OF)
    made = made.with_columns(order_id=pl.format("WO{}", "WorkOrderID"), supplier_id=pl.lit(None, pl.String))
    both = [frame.rename(names, strict=False).select(columns) for frame in (bought, made)]
    return pl.concat(both, how="vertical_relaxed").sort("order_id")


def allocations(source: Source) -> pl.DataFrame:
    """Return the made components of the open work orders, needed when the order is due (bought ones were issued)."""
    made = items(source).filter(supply_type="make").select(component_item_id="item_id")
    lines = bom_lines(source).filter(pl.col("effective_to").is_null()).join(made, on="component_item_id")
    orders = scheduled_receipts(source).filter(pl.col("order_id").str.starts_with("WO")).rename({"item_id": "parent"})
    needs = orders.join(lines, left_on="parent", right_on="parent_item_id")
    names = {"component_item_id": "item_id", "due_date": "required_date"}
    needs = needs.with_columns(pl.col("quantity") * pl.col("quantity_per")).rename(names).sort("order_id", "item_id")
    return needs.select("order_id", "item_id", "required_date", "quantity")


def bookings(source: Source) -> pl.DataFrame:
    """Return the operations of past work orders: those of the year before; what that year did not do, from before."""
    lots = source["WorkOrder"].select("WorkOrderID", "OrderQty")
    past = source["WorkOrderRouting"].filter(pl.col("ActualStartDate") < AS_OF).join(lots, on="WorkOrderID")
    is_recent = pl.col("ActualStartDate") >= AS_OF - timedelta(days=364)
    sequence, center = pl.col("OperationSequence") * 10, pl.format("WC{}", "LocationID")
    past = past.with_columns(operation_sequence=sequence, work_center_id=center, is_recent=is_recent)
    return past.filter(pl.col("is_recent") | ~pl.col("is_recent").any().over(OPERATION))


def operations(source: Source) -> pl.DataFrame:
    """Return the routings: the hours booked in all, less the setups, for each piece that was made in all."""
    models = source["Product"].select("item_id", "ProductModelID")
    setups = source["ModelRouting"].select("ProductModelID", "LocationID", setup=pl.col("SetupHours") * 60)
    booked = bookings(source).join(models, on="item_id").join(setups, on=["ProductModelID", "LocationID"], how="left")
    setup, minutes = pl.col("setup").fill_null(0), pl.col("ActualResourceHrs") * 60
    run = ((minutes - setup).sum() / pl.col("OrderQty").sum()).round(4)
    return booked.group_by(OPERATION).agg(setup_minutes=setup.first(), run_minutes_per_unit=run).sort(OPERATION)


def work_centers(source: Source) -> pl.DataFrame:
    """Return the locations that work, with as many stations as the hours booked in the year before ask for."""
    booked = bookings(source).filter("is_recent").group_by("LocationID").agg(hours=pl.col("ActualResourceHrs").sum())
    locations = source["Location"].filter(pl.col("Availability") > 0).join(booked, on="LocationID").sort("LocationID")
    return locations.select(
        pl.format("WC{}", "LocationID").alias("work_center_id"),
        pl.col("Name").alias("description"),
        (pl.col("hours") / 52 / pl.col("Availability")).ceil().alias("units"),
        (pl.col("Availability") / (5 * 24)).round(6).alias("utilization_fraction"),
        pl.col("CostRate").alias("cost_per_hour"),
    )


def main() -> None:
    """Write every table into the folder named second on the command line, else into this file's own folder."""
    source = read_source(Path(sys.argv[1]))
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent
    first = (items, bom_lines, suppliers, item_suppliers, customers, demands)
    for table in (*first, on_hand, scheduled_receipts, allocations, operations, work_centers):
        frame = table(source)
        frame.write_csv(target / f"{table.__name__}.csv")
        print(f"{table.__name__}: {frame.height} rows")


if __name__ == "__main__":
    main()
