"""The tutorial's stream, written as well as Spark allows: typed columns, all cores, the connector's bulk inserts.

One argument, as JSON: brokers, uri, topic, database, collection, checkpoint. Runs until it is stopped.
"""

import json
import sys

from pyspark.sql import SparkSession
from pyspark.sql.functions import col, concat_ws, from_json, to_timestamp

task = json.loads(sys.argv[1])
spark = SparkSession.builder.getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
schema = """InvoiceNo STRING, StockCode STRING, Description STRING, Quantity INT, InvoiceDate STRING,
    UnitPrice DECIMAL(11, 4), CustomerID LONG, Country STRING"""
records = (
    spark.readStream.format("kafka")
    .option("kafka.bootstrap.servers", task["brokers"])
    .option("subscribe", task["topic"])
    .option("startingOffsets", "earliest")
    .load()
)
item = from_json(col("value").cast("string"), schema)
lines = records.select(concat_ws("#", "topic", "partition", "offset").alias("_id"), item.alias("item")).select(
    "_id", "item.*", to_timestamp("item.InvoiceDate").alias("at")
)
(
    lines.drop("InvoiceDate")
    .withColumnRenamed("at", "InvoiceDate")
    .writeStream.format("mongodb")
    .option("spark.mongodb.connection.uri", task["uri"])
    .option("spark.mongodb.database", task["database"])
    .option("spark.mongodb.collection", task["collection"])
    .option("spark.mongodb.write.operationType", "insert")
    .option("spark.mongodb.write.ordered", "false")
    .option("checkpointLocation", task["checkpoint"])
    .outputMode("append")
    .start()
    .awaitTermination()
)
