/**
 * How far every group lies behind, in records and in seconds: consumer groups and share groups,
 * partition by partition. {@link dev.millrace.monitor.lag.LagModel} is the arithmetic and knows no
 * Kafka; {@link dev.millrace.monitor.lag.OffsetReader} asks Kafka; {@link
 * dev.millrace.monitor.lag.LagMonitor} does both again and again.
 */
package dev.millrace.monitor.lag;
