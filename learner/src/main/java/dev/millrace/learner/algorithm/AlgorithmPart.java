package dev.millrace.learner.algorithm;

/** A part of the settings of an algorithm. */
public sealed interface AlgorithmPart
    permits AdvantageSettings,
        BatchSettings,
        CriticSettings,
        KlSettings,
        OffPolicySettings,
        OptimizerSettings,
        OverlongSettings,
        PolicyLossSettings {}
