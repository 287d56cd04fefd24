package io.carnelian.integration.house;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The directions between the modules and the promises of single packages, read from the class
 * files. The picture of it is in README.md.
 */
class ArchitectureTest {
    private static final String ROOT = "io.carnelian.";

    private static JavaClasses classes;

    @BeforeAll
    static void importClasses() {
        classes =
                new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("io.carnelian");
    }

    /** Otherwise every rule below could pass because it saw nothing. */
    @Test
    void seesEveryShippedSource() {
        Set<String> seen =
                classes.stream().map(JavaClass::getName).collect(Collectors.toUnmodifiableSet());
        assertThat(SourceTree.read().main())
                .isNotEmpty()
                .map(file -> file.packageName() + "." + file.name().replace(".java", ""))
                .allMatch(seen::contains);
    }

    @Test
    void serverKnowsNobody() {
        mustNotUse("server", "rdb", "aof", "replication", "ops");
    }

    @Test
    void rdbKnowsTheServer() {
        mustNotUse("rdb", "aof", "replication", "ops");
    }

    @Test
    void aofKnowsServerAndRdb() {
        mustNotUse("aof", "replication", "ops");
    }

    @Test
    void replicationKnowsServerAndRdb() {
        mustNotUse("replication", "aof", "ops");
    }

    private static void mustNotUse(String module, String... others) {
        String[] packages = new String[others.length];
        for (int i = 0; i < others.length; i++) {
            packages[i] = ROOT + others[i] + "..";
        }
        // A module that still is only its package-info has no class that could break the rule.
        noClasses()
                .that()
                .resideInAPackage(ROOT + module + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(packages)
                .check(classes);
    }

    /** Codecs and decisions that can be run, fuzzed and simulated without a server. */
    @ParameterizedTest
    @ValueSource(strings = {"rdb.format", "aof.log", "replication.stream"})
    void purePackagesUseTheJdkOnly(String pure) {
        noClasses()
                .that()
                .resideInAPackage(ROOT + pure + "..")
                .should()
                .dependOnClassesThat()
                .resideOutsideOfPackages("java..", ROOT + pure + "..", "org.jspecify.annotations..")
                .allowEmptyShould(true)
                .check(classes);
    }

    /** One thread owns them, so a lock or an atomic there is a mistake about who calls. */
    @ParameterizedTest
    @ValueSource(strings = {"server.store", "server.table", "server.commands", "server.command"})
    void theCommandThreadsPackagesHaveNoConcurrency(String single) {
        noClasses()
                .that()
                .resideInAPackage(ROOT + single + "..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.util.concurrent..")
                .allowEmptyShould(true)
                .check(classes);
    }

    /** Addresses stay in one package, where the checked mode can see every access. */
    @Test
    void onlyTheMemoryPackageTouchesAddresses() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + "server.memory..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.foreign..")
                .orShould()
                .dependOnClassesThat()
                .haveNameMatching("(sun\\.misc|jdk\\.internal\\.misc)\\.Unsafe")
                .check(classes);
    }
}
