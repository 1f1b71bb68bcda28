/** Reward functions: pure, each in a documented range, each with its options. */
package dev.millrace.reward.function;
