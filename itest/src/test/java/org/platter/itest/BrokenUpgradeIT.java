// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.net.URI;
import org.junit.After;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.osgi.framework.Bundle;
import org.platter.disk.DiskOptions;
import org.platter.disk.Layer;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** An upgrade that fails: the version before serves on, no request fails, the newcomer is gone and named. */
@RunWith(PaxExam.class)
public class BrokenUpgradeIT extends HotSwap {
    private static final String FAULT = "platter.test.broken";

    @After
    public void heal() {
        System.clearProperty(FAULT);
    }

    @Test
    public void aVersionThatThrowsIsRemoved() throws Exception {
        refused(ErrorCode.IO, "3.0.1", broken("throws", "3.0.1"));
    }

    @Test
    public void aVersionThatReadsOtherBytesIsRemoved() throws Exception {
        refused(ErrorCode.CORRUPT, "3.0.2", broken("wrong", "3.0.2"));
    }

    @Test
    public void aVersionThatHangsIsRemoved() throws Exception {
        refused(ErrorCode.TIMEOUT, "3.0.3", broken("hangs", "3.0.3"));
    }

    @Test
    public void aVersionThatFailsWhenItOpensForWritingGivesTheImageBack() throws Exception {
        refused(ErrorCode.IO, "3.0.4", broken("throws-writing", "3.0.4"));
    }

    @Test
    public void aVersionForAnotherApiIsRemoved() throws Exception {
        byte[] jar = FormatBundles.changed(FormatBundles.jar(VDI), headers -> {
            headers.putValue("Bundle-Version", "3.0.5");
            headers.putValue("Import-Package", "org.platter.format;version=\"[9,10)\"");
        });
        refused(ErrorCode.NOT_SUPPORTED, "3.0.5", written(jar));
    }

    @Test
    public void aVersionWithoutItsServiceIsRemoved() throws Exception {
        byte[] jar = FormatBundles.changed(FormatBundles.jar(VDI), headers -> {
            headers.putValue("Bundle-Version", "3.0.6");
            headers.remove(new java.util.jar.Attributes.Name("Service-Component"));
        });
        refused(ErrorCode.NOT_SUPPORTED, "3.0.6", written(jar));
    }

    private URI broken(String fault, String version) throws IOException {
        System.setProperty(FAULT, fault);
        return written(FormatBundles.broken(version));
    }

    private URI written(byte[] jar) throws IOException {
        return FormatBundles.written(temporary.getRoot().toPath(), "newcomer.jar", jar);
    }

    private void refused(ErrorCode code, String version, URI jar) throws Exception {
        try (VirtualDisk disk = chain(DiskOptions.DEFAULT)) {
            Load load = new Load(disk, 4).start();
            load.awaitProgress();
            DiskException failure = assertThrows(DiskException.class, () -> installer.upgrade("VDI", jar));
            assertEquals(failure.getMessage(), code, failure.code());
            assertTrue(failure.getMessage(), failure.getMessage().contains(VDI + " " + version));
            load.awaitProgress();
            load.end();
            assertEquals(
                    "1.0.0.SNAPSHOT",
                    bundles(VDI).stream()
                            .map(Bundle::getVersion)
                            .map(Object::toString)
                            .reduce("", String::concat));
            assertEquals("1.0.0.SNAPSHOT", disk.last().format().version());
            assertEquals(Layer.State.OPEN, disk.last().state());
            assertEquals(0, disk.check(disk.last()).join().errors());
            assertEquals(
                    ErrorCode.DENIED,
                    assertThrows(DiskException.class, () -> installer.upgrade("VDI", jar))
                            .code());
        }
    }
}
