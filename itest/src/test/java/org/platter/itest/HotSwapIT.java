// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.wiring.BundleWiring;
import org.platter.disk.CopyRequest;
import org.platter.disk.CreateRequest;
import org.platter.disk.DiskManager;
import org.platter.disk.DiskOptions;
import org.platter.disk.Job;
import org.platter.disk.Layer;
import org.platter.disk.OpenFlag;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageFlag;
import org.platter.install.FormatInstaller;

/** Formats are replaced while disks of them are in use. */
@RunWith(PaxExam.class)
public class HotSwapIT {
    private static final List<String> FORMATS =
            List.of("org.platter.backend.raw", "org.platter.backend.vmdk", "org.platter.backend.vdi");
    private static final int SIZE = 32 << 20;

    @Rule
    public final TemporaryFolder temporary = new TemporaryFolder();

    @Inject
    private BundleContext context;

    @Inject
    private DiskManager manager;

    @Inject
    private FormatInstaller installer;

    private int versions;

    /** Other tests of this framework find the bundles that were there at first. */
    @After
    public void putBack() throws BundleException {
        System.clearProperty("platter.test.broken");
        for (String name : FORMATS) {
            for (Bundle bundle : context.getBundles()) {
                if (name.equals(bundle.getSymbolicName())) {
                    bundle.uninstall();
                }
            }
            context.installBundle("reference:" + FormatBundles.file(name).toUri())
                    .start();
        }
    }

    private URI file(String name) {
        return temporary.getRoot().toPath().resolve(name).toUri();
    }

    private static Set<OpenFlag> async() {
        return Set.of(OpenFlag.ASYNC_IO);
    }

    private VirtualDisk chain(DiskOptions options) throws DiskException {
        VirtualDisk disk = manager.newDisk(options);
        disk.create(CreateRequest.of(file("base.img")).withFormat("RAW").withSize(SIZE));
        disk.create(CreateRequest.of(file("middle.vmdk")).with(ImageFlag.DIFF));
        disk.create(CreateRequest.of(file("top.vdi")).with(ImageFlag.DIFF).withOpenFlags(async()));
        return disk;
    }

    private static Duration load() {
        return "true".equals(System.getenv("PLATTER_CI")) ? Duration.ofSeconds(60) : Duration.ofSeconds(5);
    }

    /** Every second each format bundle is stopped and started, updated, installed anew, and upgraded side by side. */
    @Test
    public void noRequestFailsWhileEveryKindOfReplacementHappens() throws Exception {
        try (VirtualDisk disk = chain(DiskOptions.DEFAULT);
                Pauses pauses = new Pauses(context)) {
            Load load = new Load(disk, 8).start();
            long start = System.nanoTime();
            int swaps = 0;
            for (int second = 1; System.nanoTime() - start < load().toNanos(); second++) {
                for (Way way : Way.values()) {
                    for (String name : FORMATS) {
                        replace(name, way);
                        swaps++;
                    }
                }
                long rest = start + Duration.ofSeconds(second).toNanos() - System.nanoTime();
                Thread.sleep(Math.max(0, rest / 1_000_000));
            }
            print(pauses.await(swaps));
            System.out.println("HotSwapIT: " + load.end());
            for (Layer layer : disk.layers()) {
                assertEquals(Layer.State.OPEN, layer.state());
                if (layer.number() > 0) {
                    assertEquals(0, disk.check(layer).join().errors());
                }
            }
        }
    }

    private static void print(List<Long> pauses) {
        for (Way way : Way.values()) {
            List<Long> those = IntStream.range(0, pauses.size())
                    .filter(i -> i / FORMATS.size() % Way.values().length == way.ordinal())
                    .mapToObj(pauses::get)
                    .toList();
            System.out.println("HotSwapIT: " + way + ": " + Pauses.figures(those));
        }
        System.out.println("HotSwapIT: all: " + Pauses.figures(pauses));
    }

    /** How a bundle is replaced. */
    private enum Way {
        STOP_AND_START,
        UPDATE,
        INSTALL_ANEW,
        UPGRADE
    }

    private void replace(String name, Way way) throws Exception {
        Bundle bundle = FormatBundles.find(context, name);
        byte[] next = FormatBundles.version(FormatBundles.jar(name), "2.0." + versions++);
        switch (way) {
            case STOP_AND_START -> {
                bundle.stop();
                bundle.start();
            }
            case UPDATE -> bundle.update(new ByteArrayInputStream(next));
            case INSTALL_ANEW -> {
                bundle.uninstall();
                context.installBundle("test:" + name + versions++, new ByteArrayInputStream(next))
                        .start();
            }
            case UPGRADE ->
                installer.upgrade(
                        name.substring(name.lastIndexOf('.') + 1),
                        FormatBundles.written(temporary.getRoot().toPath(), "next" + versions + ".jar", next));
        }
    }

    @Test
    public void aBrokenUpgradeLeavesTheOldVersionServing() throws Exception {
        try (VirtualDisk disk = chain(DiskOptions.DEFAULT)) {
            Load load = new Load(disk, 4).start();
            List<String> faults = List.of("throws", "wrong", "hangs");
            List<ErrorCode> codes = List.of(ErrorCode.IO, ErrorCode.CORRUPT, ErrorCode.TIMEOUT);
            Thread.sleep(300);
            for (int i = 0; i < faults.size(); i++) {
                System.setProperty("platter.test.broken", faults.get(i));
                URI jar = FormatBundles.written(
                        temporary.getRoot().toPath(), "broken" + i + ".jar", FormatBundles.broken("3.0." + i));
                DiskException failure = assertThrows(DiskException.class, () -> installer.upgrade("VDI", jar));
                assertEquals(failure.getMessage(), codes.get(i), failure.code());
                assertTrue(failure.getMessage(), failure.getMessage().contains("3.0." + i));
                assertEquals(
                        ErrorCode.DENIED,
                        assertThrows(DiskException.class, () -> installer.upgrade("VDI", jar))
                                .code());
            }
            load.end();
            assertEquals("1.0.0.SNAPSHOT", disk.last().format().version());
            assertEquals(
                    1,
                    manager.formats().stream()
                            .filter(f -> f.name().equals("VDI"))
                            .count());
        }
    }

    @Test
    public void anUpgradeThatDoesNotResolveIsRemoved() throws Exception {
        byte[] jar = FormatBundles.changed(FormatBundles.jar("org.platter.backend.vdi"), headers -> {
            headers.putValue("Bundle-Version", "4.0.0");
            headers.putValue("Import-Package", "org.platter.format;version=\"[9,10)\"");
        });
        URI place = FormatBundles.written(temporary.getRoot().toPath(), "unresolved.jar", jar);
        DiskException failure = assertThrows(DiskException.class, () -> installer.upgrade("VDI", place));
        assertEquals(ErrorCode.NOT_SUPPORTED, failure.code());
        assertTrue(manager.format("VDI").isPresent());
    }

    @Test
    public void aConvertJobGoesOnAcrossSwapsOfBothItsFormats() throws Exception {
        try (VirtualDisk disk = chain(DiskOptions.DEFAULT);
                VirtualDisk target = manager.newDisk()) {
            byte[] data = new byte[1 << 20];
            new java.util.Random(5).nextBytes(data);
            for (long at = 0; at < SIZE; at += data.length) {
                disk.write(java.nio.ByteBuffer.wrap(data), at);
            }
            Job<Layer> job = disk.copy(disk.last(), CopyRequest.into(target, CreateRequest.of(file("copy.vmdk"))));
            job.rate(SIZE / 4);
            while (target.layers().isEmpty()) {
                Thread.onSpinWait();
            }
            for (int i = 0; i < 10; i++) {
                replace(FORMATS.get(1 + i % 2), Way.values()[i % 4]);
            }
            job.join();
            assertTrue(disk.compare(target).join().identical());
        }
    }

    @Test
    public void nobodyComesInTimeAndTheDiskHealsLater() throws Exception {
        try (VirtualDisk disk = chain(DiskOptions.DEFAULT.withSwapTimeout(Duration.ofMillis(100)))) {
            Bundle vmdk = FormatBundles.find(context, "org.platter.backend.vmdk");
            vmdk.stop();
            for (int i = 0; i < 2; i++) {
                DiskException failure =
                        assertThrows(DiskException.class, () -> disk.read(java.nio.ByteBuffer.allocate(512), 0));
                assertEquals(ErrorCode.BACKEND_GONE, failure.code());
            }
            assertEquals(Layer.State.FAILED, disk.layers().get(1).state());
            vmdk.start();
            disk.read(java.nio.ByteBuffer.allocate(512), 0);
            assertEquals(Layer.State.OPEN, disk.layers().get(1).state());
        }
    }

    @Test
    public void nothingOfAnOldVersionIsReachableAfterASwap() throws Exception {
        List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
        try (VirtualDisk disk = chain(DiskOptions.DEFAULT)) {
            for (int i = 0; i <= 50; i++) {
                disk.write(java.nio.ByteBuffer.allocate(4096), 4096L * i);
                loaders.add(loader("org.platter.backend.vdi"));
                byte[] next = FormatBundles.version(FormatBundles.jar("org.platter.backend.vdi"), "5.0." + i);
                FormatBundles.find(context, "org.platter.backend.vdi").update(new ByteArrayInputStream(next));
            }
            loaders.remove(50); // what has left last may stay in caches of the framework until the next one leaves
            for (WeakReference<ClassLoader> loader : loaders) {
                for (int i = 0; i < 50 && loader.get() != null; i++) {
                    System.gc();
                    Thread.sleep(20);
                }
                assertNull("swap " + loaders.indexOf(loader), loader.get());
            }
        }
    }

    private WeakReference<ClassLoader> loader(String name) {
        return new WeakReference<>(
                FormatBundles.find(context, name).adapt(BundleWiring.class).getClassLoader());
    }

    @Test
    public void removalIsRefusedWhileImagesAreOpen() throws Exception {
        try (VirtualDisk disk = chain(DiskOptions.DEFAULT)) {
            DiskException failure =
                    assertThrows(DiskException.class, () -> installer.remove("VDI", FormatInstaller.Removal.IF_UNUSED));
            assertEquals(ErrorCode.BAD_STATE, failure.code());
            assertTrue(failure.getMessage(), failure.getMessage().contains("top.vdi"));
            disk.read(java.nio.ByteBuffer.allocate(512), 0);
        }
    }

    @Test
    public void rollbackPutsTheReplacedVersionBack() throws IOException {
        byte[] next = FormatBundles.version(FormatBundles.jar("org.platter.backend.vdi"), "6.0.0");
        installer.upgrade("VDI", FormatBundles.written(temporary.getRoot().toPath(), "six.jar", next));
        assertEquals("6.0.0", manager.format("VDI").orElseThrow().version());
        installer.rollback("VDI");
        assertEquals("1.0.0.SNAPSHOT", manager.format("VDI").orElseThrow().version());
    }
}
