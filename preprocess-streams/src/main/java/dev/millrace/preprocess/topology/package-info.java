/** The Kafka Streams topology that runs parse, clean and chunk. */
package dev.millrace.preprocess.topology;
