// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
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

    /** How fio ends when it is told to. */
    private static final int ENDED = 128;

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

    /** One client that writes and verifies until it is told to end. */
    private Process client(DiskExport export) throws IOException {
        return programs().fio(export.uri(), 1, SIZE, "--time_based", "--runtime=600");
    }

    private void endWell(Process client) throws Exception {
        assertTrue("the client has ended", client.isAlive());
        client.destroy();
        String output = programs().end(client, ENDED);
        assertTrue(output, output.contains("err= 0") && !output.contains("verify failed"));
    }

    private Programs programs() {
        return new Programs(temporary.getRoot().toPath());
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            Thread.sleep(5);
        }
    }

    private static void awaitTraffic(DiskExport export) throws InterruptedException {
        long before = export.statistics().requests();
        await(() -> export.statistics().requests() >= before + 500);
    }

    @Test
    public void aFormatIsUpgradedTenTimesUnderAClientThatVerifies() throws Exception {
        Programs.need("fio");
        Duration time = Duration.ofSeconds(Programs.demanded() ? 60 : 8);
        try (VirtualDisk disk = chain()) {
            DiskExport export = export(disk);
            Process fio = client(export);
            awaitTraffic(export);
            long start = System.nanoTime();
            for (int i = 1; i <= UPGRADES; i++) {
                byte[] jar = FormatBundles.version(FormatBundles.jar(VDI), "7.0." + i);
                installer.upgrade(
                        "VDI", FormatBundles.written(temporary.getRoot().toPath(), i + ".jar", jar));
                assertEquals("7.0." + i, disk.last().format().version());
                awaitTraffic(export);
                TimeUnit.NANOSECONDS.sleep(start + i * time.toNanos() / UPGRADES - System.nanoTime());
            }
            endWell(fio);
            ExportStatistics all = export.statistics();
            assertEquals(0, all.errors());
            // fio connects once to learn the size
            assertEquals("the client has connected again", 2, all.connections());
            System.out.println("NbdIT: " + UPGRADES + " upgrades in " + time.toSeconds() + " s under " + all.requests()
                    + " requests, median latency " + all.latency().median() + ", p99 "
                    + all.latency().p99() + ", largest " + all.latency().max());
        }
    }

    @Test
    public void aBundleThatIsGoneForAWhileCostsTimeOnly() throws Exception {
        Programs.need("fio");
        try (VirtualDisk disk = chain()) {
            DiskExport export = export(disk);
            Process fio = client(export);
            for (int i = 0; i < 3; i++) {
                awaitTraffic(export);
                Bundle vdi = FormatBundles.find(context, VDI);
                vdi.stop();
                Thread.sleep(200);
                vdi.start();
                vdi.update(new ByteArrayInputStream(FormatBundles.version(FormatBundles.jar(VDI), "8.0." + i)));
            }
            awaitTraffic(export);
            endWell(fio);
            assertEquals(0, export.statistics().errors());
        }
    }

    @Test
    public void snapshotsMergesAndCompactionCostTimeOnly() throws Exception {
        Programs.need("fio");
        try (VirtualDisk disk = chain()) {
            DiskExport export = export(disk);
            Process fio = client(export);
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
            awaitTraffic(export);
            endWell(fio);
            assertEquals(0, export.statistics().errors());
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
        await(() -> !exporter.exports().isEmpty());
        DiskExport export = exporter.exports().get(0);
        assertEquals("declared", export.name());
        assertTrue(export.readOnly());
        Programs.need("nbdinfo");
        assertEquals(
                SIZE + "\n", programs().run("nbdinfo", "--size", export.uri().toString()));
        configuration.delete();
        await(() -> exporter.exports().isEmpty() && !Files.exists(path("declared.sock")));
    }
}
