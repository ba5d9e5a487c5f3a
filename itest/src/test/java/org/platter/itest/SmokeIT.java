// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import javax.inject.Inject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.util.Filter;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;

/** The bundles of the product fit together. */
@RunWith(PaxExam.class)
public class SmokeIT {
    @Inject
    private BundleContext context;

    @Inject
    @Filter("(platter.main=true)")
    private ToIntFunction<String[]> shell;

    @Test
    public void everyBundleIsActive() {
        List<String> others = Arrays.stream(context.getBundles())
                .filter(b -> b.getState() != Bundle.ACTIVE && b.getState() != Bundle.STARTING)
                .map(Bundle::toString)
                .collect(Collectors.toList());
        assertEquals(List.of(), others);
    }

    @Test
    public void ourBundlesAreThere() {
        List<String> ours = Arrays.stream(context.getBundles())
                .map(Bundle::getSymbolicName)
                .filter(name -> name.startsWith("org.platter."))
                .collect(Collectors.toList());
        assertTrue(
                ours.toString(),
                ours.containsAll(List.of(
                        "org.platter.api",
                        "org.platter.container",
                        "org.platter.backend.raw",
                        "org.platter.backend.vdi",
                        "org.platter.shell")));
    }

    @Test
    public void runsOnTheFrameworkThatWasAskedFor() {
        String vendor = context.getProperty(Constants.FRAMEWORK_VENDOR);
        String wanted = System.getProperty("platter.framework", "felix");
        assertEquals(vendor, wanted.equals("equinox"), vendor.contains("Eclipse"));
    }

    @Test
    public void theShellAnswers() {
        assertEquals(0, shell.applyAsInt(new String[] {"--version"}));
    }
}
