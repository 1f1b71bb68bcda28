/**
 * The ops console: pages that any static server could serve, and the JSON and events behind them.
 * What is shown is put together in {@code dev.millrace.monitor}; here it becomes HTTP.
 */
package dev.millrace.serving.console;
