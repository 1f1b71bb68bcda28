package dev.millrace.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of docs/architecture.md, held against every class of ours. */
class WhoMayImportWhomTest {

  private static final String ROOT = "dev.millrace.";
  private static final List<String> STAGES =
      List.of("ingest", "preprocess", "embed", "rollout", "reward", "learner", "serving");

  private static final JavaClasses OURS =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.millrace");

  private static String in(String name) {
    return ROOT + name + "..";
  }

  @Test
  void contracts_import_nothing_of_ours() {
    noClasses()
        .that()
        .resideInAPackage(in("contracts"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            others(
                "contracts",
                "runtime",
                "models",
                "index",
                "policy",
                "monitor",
                "app",
                "cli",
                "devstack"))
        .check(OURS);
  }

  @Test
  void runtime_imports_contracts_only() {
    noClasses()
        .that()
        .resideInAPackage(in("runtime"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            others("runtime", "models", "index", "policy", "monitor", "app", "cli", "devstack"))
        .check(OURS);
  }

  @Test
  void models_import_nothing_of_ours() {
    noClasses()
        .that()
        .resideInAPackage(in("models"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            others("models", "contracts", "runtime", "index", "policy", "monitor", "app", "cli"))
        .check(OURS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ingest", "preprocess", "embed", "rollout", "reward", "learner", "serving"})
  void stages_meet_in_topics_only(String stage) {
    noClasses()
        .that()
        .resideInAPackage(in(stage))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(others(stage, "app", "cli", "devstack"))
        .check(OURS);
  }

  /** So that one more algorithm changes nothing there. */
  @Test
  void the_loop_of_the_learner_knows_no_algorithm() {
    noClasses()
        .that()
        .resideInAPackage(in("learner"))
        .and()
        .resideOutsideOfPackages(
            in("learner.algorithm"),
            in("learner.update"),
            in("learner.preference"),
            in("learner.bench"))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(in("learner.algorithm"))
        .check(OURS);
  }

  @Test
  void quarkus_stays_in_the_shell() {
    noClasses()
        .that()
        .resideOutsideOfPackages(in("serving"), in("app"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.quarkus..", "jakarta.ws.rs..", "jakarta.enterprise..")
        .check(OURS);
  }

  /** The stages other than {@code self}, and the further packages named. */
  private static String[] others(String self, String... further) {
    List<String> packages = new ArrayList<>();
    for (String stage : STAGES) {
      if (!stage.equals(self)) {
        packages.add(in(stage));
      }
    }
    for (String name : further) {
      if (!name.equals(self)) {
        packages.add(in(name));
      }
    }
    return packages.toArray(String[]::new);
  }
}
