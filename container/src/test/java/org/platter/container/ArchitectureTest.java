// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The arrows between packages: what each may use of ours, and who may know OSGi. */
class ArchitectureTest {
    private static final String ROOT = "org.platter.";
    private static final String[] API = {"error", "config", "storage", "format", "table", "disk"};

    /** What most packages of the container may use. */
    private static final String[] IMAGES =
            with("container.format", with("container.image", with("container.data", API)));

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("org.platter");

    @TestFactory
    Stream<DynamicTest> packagesUseOnlyWhatTheyMay() {
        return Stream.of(
                arrow("error"),
                arrow("config", "error"),
                arrow("storage", "error"),
                arrow("table", "error", "storage"),
                arrow("format", "error", "config", "storage", "table"),
                arrow("disk", "error", "config", "storage", "format", "table"),
                arrow("install", "error"),
                arrow("export", "error", "disk"),
                arrow("discovery", "error", "config"),
                arrow("space"),
                arrow("container.storage.host", "error"),
                arrow("container.storage", with("container.storage.host", API)),
                arrow("container.format", API),
                arrow("container.image", with("container.format", API)),
                arrow("container.data", with("container.format", with("container.image", API))),
                arrow("container.chain", IMAGES),
                arrow("container.structure", with("container.chain", IMAGES)),
                arrow("container.swap", with("container.chain", IMAGES)),
                arrow("container.job", with("container.structure", with("container.chain", IMAGES))),
                arrow("container.declared", with("container", with("container.format", API))),
                arrow("container.metatype", with("container.declared", API)),
                arrow("container.catalogue", with("install", with("container.format", API))),
                arrow(
                        "container.install",
                        with(
                                "container",
                                with("container.catalogue", with("container.swap", with("install", IMAGES))))));
    }

    @Test
    void onlyTheComponentsKnowOsgi() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        ROOT + "container.format..",
                        ROOT + "container.image..",
                        ROOT + "container.data..",
                        ROOT + "container.chain..",
                        ROOT + "container.structure..",
                        ROOT + "container.swap..",
                        ROOT + "container.job..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.osgi.framework..", "org.osgi.service..", "org.osgi.util..")
                .allowEmptyShould(true)
                .check(CLASSES);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("org.platter.(**)")
                .should()
                .beFreeOfCycles()
                .allowEmptyShould(true)
                .check(CLASSES);
    }

    /** The package may use itself and these packages of ours, and what is not ours. */
    private static DynamicTest arrow(String from, String... to) {
        String[] allowed = Arrays.stream(with(from, to)).map(ROOT::concat).toArray(String[]::new);
        return DynamicTest.dynamicTest(
                from,
                () -> noClasses()
                        .that()
                        .resideInAPackage(ROOT + from)
                        .should()
                        .dependOnClassesThat(resideInAnyPackage("org.platter..").and(resideOutsideOfPackages(allowed)))
                        .allowEmptyShould(true)
                        .check(CLASSES));
    }

    private static String[] with(String first, String... others) {
        return Stream.concat(Stream.of(first), Arrays.stream(others)).toArray(String[]::new);
    }
}
