// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.platter.disk.CreateRequest;
import org.platter.disk.DiskManager;
import org.platter.disk.Layer;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.export.DiskExport;
import org.platter.export.DiskExporter;
import org.platter.export.ExportRequest;
import org.platter.export.ExportStatistics;
import org.platter.format.ImageFlag;
import org.platter.install.FormatInstaller;

/** Real disks, real clients: whatever happens to a disk, those who use it over NBD see time pass and nothing else. */
@RunWith(PaxExam.class)
public class NbdIT {
    private static final String VDI = "org.platter.backend.vdi";
    private static final int SIZE = 64 << 20;
    private static final int UPGRADES = 10;

    @Rule
    public final TemporaryFolder temporary = new TemporaryFolder();

    @Inject
    private BundleContext context;

    @Inject
    private DiskManager manager;

    @Inject
    private DiskExporter exporter;

    @Inject
    private FormatInstaller installer;

    @Inject
    private ConfigurationAdmin configurations;

    /** Other tests of this framework find the bundle that was there at first, and no exports. */
    @After
    public void putBack() throws BundleException, DiskException {
        for (DiskExport export : exporter.exports()) {
            export.close();
        }
        for (Bundle bundle : context.getBundles()) {
            if (VDI.equals(bundle.getSymbolicName())) {
                bundle.uninstall();
            }
        }
        context.installBundle("reference:" + FormatBundles.file(VDI).toUri()).start();
    }

    private static boolean demanded() {
        return "true".equals(System.getenv("PLATTER_CI"));
    }

    private static void need(String program) {
        boolean there = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
        assertTrue(program + " is missing", there || !demanded());
        assumeTrue(there);
    }

    private URI file(String name) {
        return path(name).toUri();
    }

    private Path path(String name) {
        return temporary.getRoot().toPath().resolve(name);
    }

    private VirtualDisk chain() throws DiskException {
        VirtualDisk disk = manager.newDisk();
        disk.create(CreateRequest.of(file("base.img")).withFormat("RAW").withSize(SIZE));
        disk.create(CreateRequest.of(file("middle.vmdk")).with(ImageFlag.DIFF));
        disk.create(CreateRequest.of(file("top.vdi")).with(ImageFlag.DIFF));
        return disk;
    }

    private DiskExport export(VirtualDisk disk) throws DiskException {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return exporter.export(disk, ExportRequest.of("disk").at(any));
    }

    private Process start(String... command) throws IOException {
        return new ProcessBuilder(command)
                .directory(temporary.getRoot())
                .redirectErrorStream(true)
                .redirectOutput(path("output").toFile())
                .start();
    }

    private String end(Process process) throws IOException, InterruptedException {
        assertTrue(process.waitFor(5, TimeUnit.MINUTES));
        String output = Files.readString(path("output"), StandardCharsets.UTF_8);
        assertEquals(output, 0, process.exitValue());
        return output;
    }

    private String run(String... command) throws IOException, InterruptedException {
        return end(start(command));
    }

    /** One client that writes and verifies for so long. */
    private Process fio(DiskExport export, Duration time) throws IOException {
        return start(
                "fio",
                "--name=verify",
                "--ioengine=nbd",
                "--uri=" + export.uri(),
                "--rw=randrw",
                "--bsrange=4k-64k",
                "--iodepth=32",
                "--size=" + SIZE,
                "--time_based",
                "--runtime=" + time.toSeconds(),
                "--verify=crc32c",
                "--verify_backlog=64",
                "--verify_fatal=1",
                "--verify_state_save=0");
    }

    private static void awaitTraffic(DiskExport export) {
        long before = export.statistics().requests();
        while (export.statistics().requests() < before + 500) {
            Thread.onSpinWait();
        }
    }

    @Test
    public void aFormatIsUpgradedTenTimesUnderAClientThatVerifies() throws Exception {
        need("fio");
        Duration time = Duration.ofSeconds(demanded() ? 60 : 20);
        try (VirtualDisk disk = chain()) {
            DiskExport export = export(disk);
            Process fio = fio(export, time);
            awaitTraffic(export);
            long start = System.nanoTime();
            long connections = export.statistics().connections();
            for (int i = 1; i <= UPGRADES; i++) {
                byte[] jar = FormatBundles.version(FormatBundles.jar(VDI), "7.0." + i);
                installer.upgrade(
                        "VDI", FormatBundles.written(temporary.getRoot().toPath(), i + ".jar", jar));
                assertEquals("7.0." + i, disk.last().format().version());
                long next = start + i * time.toNanos() / (UPGRADES + 4);
                TimeUnit.NANOSECONDS.sleep(next - System.nanoTime());
            }
            assertTrue("the client has ended before the last upgrade", fio.isAlive());
            String output = end(fio);
            ExportStatistics all = export.statistics();
            assertFalse(output, output.contains("verify failed"));
            assertEquals(0, all.errors());
            assertEquals("the client has connected again", connections, all.connections());
            System.out.println("NbdIT: " + UPGRADES + " upgrades under " + all.requests() + " requests, median latency "
                    + all.latency().median() + ", p99 " + all.latency().p99() + ", largest "
                    + all.latency().max());
        }
    }

    @Test
    public void aBundleThatIsGoneForAWhileCostsTimeOnly() throws Exception {
        need("fio");
        try (VirtualDisk disk = chain()) {
            DiskExport export = export(disk);
            Process fio = fio(export, Duration.ofSeconds(4));
            for (int i = 0; i < 3; i++) {
                awaitTraffic(export);
                Bundle vdi = FormatBundles.find(context, VDI);
                vdi.stop();
                Thread.sleep(200);
                vdi.start();
                vdi.update(new ByteArrayInputStream(FormatBundles.version(FormatBundles.jar(VDI), "8.0." + i)));
            }
            end(fio);
            assertEquals(0, export.statistics().errors());
        }
    }

    @Test
    public void snapshotsMergesAndCompactionCostTimeOnly() throws Exception {
        need("fio");
        try (VirtualDisk disk = chain()) {
            DiskExport export = export(disk);
            Process fio = fio(export, Duration.ofSeconds(5));
            awaitTraffic(export);
            disk.create(CreateRequest.of(file("snapshot.vdi")).with(ImageFlag.DIFF));
            awaitTraffic(export);
            List<Layer> layers = disk.layers();
            disk.merge(layers.get(1), layers.get(0)).join();
            awaitTraffic(export);
            layers = disk.layers();
            disk.merge(layers.get(layers.size() - 1), layers.get(layers.size() - 2))
                    .join();
            disk.compact(disk.last()).join();
            assertEquals(2, disk.layers().size());
            end(fio);
            assertEquals(0, export.statistics().errors());
        }
    }

    @Test
    public void copiesOfAChainAreEqual() throws Exception {
        need("nbdcopy");
        need("qemu-img");
        byte[] data = new byte[SIZE];
        Random random = new Random(1);
        for (int at = 0; at < SIZE; at += 8 << 20) {
            byte[] part = new byte[3 << 20];
            random.nextBytes(part);
            System.arraycopy(part, 0, data, at + 4096, part.length);
        }
        Files.write(path("source"), data);
        try (VirtualDisk disk = chain()) {
            String uri = export(disk).uri().toString();
            run("nbdcopy", path("source").toString(), uri);
            run("nbdcopy", uri, path("back").toString());
            assertEquals(-1, Files.mismatch(path("source"), path("back")));
            run(
                    "qemu-img",
                    "convert",
                    "-f",
                    "raw",
                    "-O",
                    "qcow2",
                    uri,
                    path("copy.qcow2").toString());
            String equal = run(
                    "qemu-img",
                    "compare",
                    "-f",
                    "raw",
                    "-F",
                    "qcow2",
                    uri,
                    path("copy.qcow2").toString());
            assertTrue(equal, equal.contains("identical"));
            String map = run("nbdinfo", "--map", "--totals", uri);
            assertTrue(map, map.contains("hole,zero") && map.contains("data"));
        }
    }

    @Test
    public void aDeclaredDiskIsExportedWhileItIsDeclared() throws Exception {
        try (VirtualDisk disk = manager.newDisk()) {
            disk.create(CreateRequest.of(file("declared.vdi")).withSize(SIZE));
        }
        Configuration configuration = configurations.getFactoryConfiguration("org.platter.disk", "nbdit", "?");
        Dictionary<String, Object> properties = new Hashtable<>(Map.of(
                "location",
                path("declared.vdi").toString(),
                "export",
                "nbd+unix:///declared?socket=" + path("declared.sock"),
                "export.readOnly",
                "true"));
        configuration.update(properties);
        while (exporter.exports().isEmpty()) {
            Thread.onSpinWait();
        }
        DiskExport export = exporter.exports().get(0);
        assertEquals("declared", export.name());
        assertTrue(export.readOnly());
        need("nbdinfo");
        assertEquals(SIZE + "\n", run("nbdinfo", "--size", export.uri().toString()));
        configuration.delete();
        while (!exporter.exports().isEmpty()) {
            Thread.onSpinWait();
        }
        assertFalse(Files.exists(path("declared.sock")));
    }
}
