// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The arrows between the packages. */
class ArchitectureTest {
    @Test
    void packagesUseOnlyWhatTheyMay() {
        layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage("org.platter.nbd..")
                .layer("service")
                .definedBy("org.platter.nbd")
                .layer("session")
                .definedBy("org.platter.nbd.session")
                .layer("protocol")
                .definedBy("org.platter.nbd.protocol")
                .layer("net")
                .definedBy("org.platter.nbd.net")
                .layer("disk")
                .definedBy("org.platter.nbd.disk")
                .whereLayer("service")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("session")
                .mayOnlyBeAccessedByLayers("service")
                .whereLayer("protocol")
                .mayOnlyBeAccessedByLayers("session")
                .whereLayer("net")
                .mayOnlyBeAccessedByLayers("session", "service")
                .whereLayer("disk")
                .mayOnlyBeAccessedByLayers("session", "service")
                .check(new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("org.platter.nbd"));
    }
}
