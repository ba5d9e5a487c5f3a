// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.jar.Attributes;
import java.util.stream.Stream;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.osgi.framework.Bundle;
import org.platter.disk.CreateRequest;
import org.platter.disk.DiskOptions;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.install.FormatInstaller.Removal;

/** Upgrades step by step and back, another build of one version, and what stands in the way of them. */
@RunWith(PaxExam.class)
public class RollbackIT extends HotSwap {
    private static final String VHD = "org.platter.backend.vhd";
    private static final String BUILT = "1.0.0.SNAPSHOT";

    /** What other tests of this framework have upgraded before is not what this one wants to get back. */
    @Before
    public void forget() throws IOException {
        Path store = store();
        if (Files.exists(store)) {
            try (Stream<Path> files = Files.walk(store)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    @After
    public void removePlugin() throws Exception {
        for (Bundle bundle : bundles(VHD)) {
            bundle.uninstall();
        }
        forget();
    }

    private Path store() {
        return bundle("org.platter.container")
                .getBundleContext()
                .getDataFile("formats")
                .toPath();
    }

    private URI version(String bundle, String version) throws IOException {
        return written(FormatBundles.version(jar(bundle), version));
    }

    private static byte[] jar(String bundle) throws IOException {
        return bundle.equals(VHD) ? Files.readAllBytes(plugin()) : FormatBundles.jar(bundle);
    }

    private static Path plugin() {
        return FormatBundles.plugin(VHD);
    }

    private URI written(byte[] jar) throws IOException {
        return Files.write(Files.createTempFile(temporary.getRoot().toPath(), "jar", ".jar"), jar)
                .toUri();
    }

    /** The same version of a bundle with something else in it. */
    private URI build(String bundle, String mark) throws IOException {
        return written(
                FormatBundles.changed(jar(bundle), headers -> headers.put(new Attributes.Name("X-Build"), mark)));
    }

    private String served(String format) {
        return manager.format(format).orElseThrow().version();
    }

    @Test
    public void rollbackGoesBackOneStepEachTime() throws Exception {
        try (VirtualDisk disk = chain(DiskOptions.DEFAULT)) {
            Load load = new Load(disk, 4).start();
            for (String version : List.of("1.0.1", "1.0.2", "1.0.3")) {
                installer.upgrade("VDI", version(VDI, version));
                assertEquals(version, disk.last().format().version());
            }
            for (String version : List.of("1.0.2", "1.0.1", BUILT)) {
                load.awaitProgress();
                assertEquals(version, installer.rollback("VDI").version());
                assertEquals(version, disk.last().format().version());
                assertEquals(1, bundles(VDI).size());
            }
            load.end();
            assertEquals(0, disk.check(disk.last()).join().errors());
        }
        DiskException none = assertThrows(DiskException.class, () -> installer.rollback("VDI"));
        assertEquals(ErrorCode.NOT_FOUND, none.code());
    }

    @Test
    public void aPluginRollsBackToo() throws Exception {
        assertEquals(BUILT, installer.install(plugin().toUri()).version());
        installer.upgrade("VHD", version(VHD, "1.0.1"));
        try (VirtualDisk disk = manager.newDisk()) {
            disk.create(CreateRequest.of(file("a.vhd")).withSize(SIZE));
            installer.upgrade("vhd", version(VHD, "1.0.2"));
            assertEquals("1.0.1", installer.rollback("VHD").version());
            assertEquals(BUILT, installer.rollback("VHD").version());
            assertEquals(BUILT, disk.last().format().version());
            assertEquals(1, bundles(VHD).size());
        }
        installer.remove("VHD", Removal.IF_UNUSED);
        assertTrue(bundles(VHD).isEmpty());
        assertEquals(
                "what was removed comes back", BUILT, installer.rollback("VHD").version());
    }

    /** Whatever a bundle was updated with, by whomever: its location says nothing of that. */
    @Test
    public void aBundleThatWasUpdatedBehindOurBackRollsBackToWhatItWas() throws Exception {
        bundle(VDI).update(version(VDI, "1.0.5").toURL().openStream());
        assertEquals("1.0.5", served("VDI"));
        installer.upgrade("VDI", version(VDI, "1.0.6"));
        Bundle bundle = context.getBundle(bundle(VDI).getBundleId());
        assertEquals("1.0.6", bundle.getVersion().toString());
        assertEquals("1.0.5", installer.rollback("VDI").version());
    }

    /** Equinox names bundles like that which it was started with. */
    @Test
    public void locationsOfEquinoxRollBack() throws Exception {
        for (String place : List.of(FormatBundles.file(VDI).toUri().toString(), "file:plugins/gone.jar")) {
            bundle(VDI).uninstall();
            context.installBundle("initial@reference:" + place, Files.newInputStream(FormatBundles.file(VDI)))
                    .start();
            installer.upgrade("VDI", version(VDI, "1.0.1"));
            String name = place.substring(place.lastIndexOf('/') + 1);
            assertTrue(Files.readAllLines(store().resolve("disabled")).contains(name));
            assertEquals(BUILT, installer.rollback("VDI").version());
        }
    }

    @Test
    public void anotherBuildOfOneVersionTakesItsPlace() throws Exception {
        try (VirtualDisk disk = chain(DiskOptions.DEFAULT)) {
            Load load = new Load(disk, 4).start();
            for (String mark : List.of("one", "two")) {
                URI jar = build(VDI, mark);
                assertEquals(BUILT, installer.upgrade("VDI", jar).replaced());
                load.awaitProgress();
                assertEquals(mark, bundle(VDI).getHeaders().get("X-Build"));
                DiskException same = assertThrows(DiskException.class, () -> installer.upgrade("VDI", jar));
                assertEquals(ErrorCode.EXISTS, same.code());
                assertTrue(same.getMessage(), same.getMessage().contains("is served already"));
            }
            assertEquals(1, bundles(VDI).size());
            assertEquals(BUILT, disk.last().format().version());
            installer.rollback("VDI");
            assertEquals("one", bundle(VDI).getHeaders().get("X-Build"));
            installer.rollback("VDI");
            assertEquals(null, bundle(VDI).getHeaders().get("X-Build"));
            load.end();
            assertEquals(0, disk.check(disk.last()).join().errors());
        }
    }

    @Test
    public void aBundleOfTwoFormatsHandsOverBoth() throws Exception {
        byte[] twin = FormatBundles.twin(jar(VHD), VHD + ".VhdBackend", "VHD2");
        installer.install(written(twin));
        try (VirtualDisk one = manager.newDisk();
                VirtualDisk other = manager.newDisk()) {
            one.create(CreateRequest.of(file("a.vhd")).withSize(SIZE));
            other.create(CreateRequest.of(file("b.vhd2")).withSize(SIZE));
            assertEquals("VHD2", other.last().format().name());
            DiskException half =
                    assertThrows(DiskException.class, () -> installer.upgrade("VHD", version(VHD, "1.0.1")));
            assertEquals("VHD2 would have nobody", ErrorCode.BAD_TYPE, half.code());
            URI next = written(FormatBundles.version(twin, "1.0.1"));
            assertEquals(2, installer.upgrade("VHD2", next).images());
            assertEquals("1.0.1", one.last().format().version());
            assertEquals("1.0.1", other.last().format().version());
            assertEquals(BUILT, installer.rollback("VHD").version());
            assertEquals(BUILT, other.last().format().version());
            DiskException open = assertThrows(DiskException.class, () -> installer.remove("VHD", Removal.IF_UNUSED));
            assertTrue(open.getMessage(), open.getMessage().contains("b.vhd2"));
        }
        assertThrows("one step is one step for both", DiskException.class, () -> installer.rollback("VHD2"));
    }

    @Test
    public void installRefusesAnotherBuildAndSaysWhatReplacesIt() throws Exception {
        URI jar = build(VDI, "other");
        DiskException failure = assertThrows(DiskException.class, () -> installer.install(jar));
        assertEquals(ErrorCode.EXISTS, failure.code());
        assertTrue(failure.getMessage(), failure.getMessage().contains("platter upgrade VDI"));
    }

    @Test
    public void whatOthersAreWiredToIsNotReplaced() throws Exception {
        URI exporting = written(FormatBundles.changed(jar(VDI), headers -> {
            headers.putValue("Bundle-Version", "1.0.7");
            headers.putValue("Export-Package", "org.platter.backend.vdi;version=\"1.0.7\"");
        }));
        installer.upgrade("VDI", exporting);
        Bundle user = context.installBundle(
                "test:user", new java.io.ByteArrayInputStream(FormatBundles.changed(jar(RAW), headers -> {
                    headers.putValue("Bundle-SymbolicName", "test.user");
                    headers.putValue("Import-Package", "org.platter.backend.vdi");
                    headers.remove(new Attributes.Name("Service-Component"));
                    headers.remove(new Attributes.Name("Provide-Capability"));
                    headers.remove(new Attributes.Name("Require-Capability"));
                })));
        try {
            user.start();
            URI next = version(VDI, "1.0.8");
            for (DiskException failure : List.of(
                    assertThrows(DiskException.class, () -> installer.upgrade("VDI", next)),
                    assertThrows(DiskException.class, () -> installer.rollback("VDI")),
                    assertThrows(DiskException.class, () -> installer.remove("VDI", Removal.FORCE)))) {
                assertEquals(failure.getMessage(), ErrorCode.BAD_STATE, failure.code());
                assertTrue(failure.getMessage(), failure.getMessage().contains("test.user"));
            }
            assertEquals("1.0.7", served("VDI"));
        } finally {
            user.uninstall();
        }
    }

    @Test
    public void aQuarantineThatCannotBeReadStaysOn() throws Exception {
        Files.createDirectories(store().resolve("quarantine")); // not even root reads a folder as a file
        URI next = version(VDI, "1.0.9");
        assertEquals(
                ErrorCode.IO,
                assertThrows(DiskException.class, () -> installer.upgrade("VDI", next))
                        .code());
        assertEquals(
                ErrorCode.IO,
                assertThrows(DiskException.class, () -> installer.install(plugin().toUri()))
                        .code());
        assertThrows(DiskException.class, installer::quarantine);
        assertEquals(BUILT, served("VDI"));
    }
}
