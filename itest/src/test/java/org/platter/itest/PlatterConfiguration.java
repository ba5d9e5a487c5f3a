// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.ops4j.pax.exam.CoreOptions.bundle;
import static org.ops4j.pax.exam.CoreOptions.composite;
import static org.ops4j.pax.exam.CoreOptions.frameworkProperty;
import static org.ops4j.pax.exam.CoreOptions.junitBundles;

import java.io.File;
import java.util.Arrays;
import org.ops4j.pax.exam.ConfigurationFactory;
import org.ops4j.pax.exam.Option;

/**
 * Provisions every test's framework with the bundles of the product, but for the line editor, which wants a terminal, and
 * with what a framework with a console has besides.
 */
public class PlatterConfiguration implements ConfigurationFactory {
    @Override
    public Option[] createConfiguration() {
        return new Option[] {
            junitBundles(),
            frameworkProperty("osgi.console").value(""),
            bundles(new File(System.getProperty("platter.console"))),
            bundles(new File(System.getProperty("platter.home"), "bundles"))
        };
    }

    private static Option bundles(File folder) {
        File[] jars = folder.listFiles((parent, name) -> name.endsWith(".jar") && !name.contains("jline"));
        if (jars == null) {
            throw new IllegalStateException("no bundles in " + folder + ": build dist first");
        }
        return composite(Arrays.stream(jars)
                .sorted()
                .map(jar -> bundle("reference:" + jar.toURI()))
                .toArray(Option[]::new));
    }
}
