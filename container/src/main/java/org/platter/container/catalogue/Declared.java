// SPDX-License-Identifier: Apache-2.0
package org.platter.container.catalogue;

import java.util.List;
import java.util.Optional;
import java.util.jar.Attributes;
import org.osgi.framework.Constants;
import org.platter.format.DiskFormat;

/**
 * What the manifest of a bundle declares.
 *
 * @param formats names of formats
 * @param schemes schemes of storages
 */
public record Declared(List<String> formats, List<String> schemes) {
    /** What these main attributes say. */
    public static Declared of(Attributes manifest) {
        List<Clauses.Clause> clauses = Clauses.of(manifest.getValue(Constants.PROVIDE_CAPABILITY));
        return new Declared(
                clauses.stream()
                        .filter(clause -> clause.name().equals(DiskFormat.NAMESPACE))
                        .map(clause -> clause.text("name"))
                        .filter(name -> !name.isEmpty())
                        .toList(),
                clauses.stream()
                        .filter(clause -> clause.name().equals(Offer.STORAGE))
                        .flatMap(clause -> clause.texts("schemes").stream())
                        .toList());
    }

    /** The symbolic name, without its directives. */
    public static Optional<String> bundle(Attributes manifest) {
        return Clauses.of(manifest.getValue(Constants.BUNDLE_SYMBOLICNAME)).stream()
                .map(Clauses.Clause::name)
                .filter(name -> !name.isEmpty())
                .findFirst();
    }
}
