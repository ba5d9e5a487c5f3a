// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import javax.inject.Inject;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.util.tracker.ServiceTracker;
import org.platter.disk.CreateRequest;
import org.platter.disk.Declared;
import org.platter.disk.DiskManager;
import org.platter.disk.VirtualDisk;

/** Disks that configurations declare. */
@RunWith(PaxExam.class)
public class DeclaredDiskIT {
    private static final long MOST_MILLIS = 20_000;

    @Rule
    public final TemporaryFolder temporary = new TemporaryFolder();

    @Inject
    private BundleContext context;

    @Inject
    private ConfigurationAdmin configurations;

    @Inject
    private DiskManager manager;

    @Test
    public void aDeclaredDiskComesBackWithTheContainer() throws Exception {
        Path file = temporary.getRoot().toPath().resolve("back.vdi");
        try (VirtualDisk disk = manager.newDisk()) {
            disk.create(CreateRequest.of(file.toUri()).withSize(4 << 20));
        }
        Configuration configuration = configurations.getFactoryConfiguration("org.platter.disk", "back", "?");
        configuration.update(new Hashtable<>(Map.of("location", file.toString())));
        try {
            assertNotNull(declared());
            Bundle container = FormatBundles.find(context, "org.platter.container");
            for (int round = 0; round < 5; round++) {
                container.stop();
                container.start();
                VirtualDisk disk = declared();
                assertNotNull("it did not come back in round " + round, disk);
                disk.read(ByteBuffer.allocate(512), 0);
            }
        } finally {
            configuration.delete();
        }
    }

    /** A disk that somebody else writes is not attached for reading instead. */
    @Test
    public void whoCannotWriteWaitsAndAttachesWhenHeCan() throws Exception {
        Path file = temporary.getRoot().toPath().resolve("back.vdi");
        VirtualDisk other = manager.newDisk();
        other.create(CreateRequest.of(file.toUri()).withSize(4 << 20));
        Configuration configuration = declare(Map.of("location", file.toString()));
        try {
            Declared waiting = await(Declared.State.WAITING, "is in use");
            assertEquals("back", waiting.name());
            assertEquals(file.toString(), waiting.location());
            other.close();
            VirtualDisk disk = declared();
            assertNotNull(disk);
            disk.write(ByteBuffer.allocate(512), 0);
        } finally {
            configuration.delete();
        }
    }

    /** As forms and careless hands store them. */
    @Test
    public void emptyFieldsCountAsLeftOut() throws Exception {
        Path file = temporary.getRoot().toPath().resolve("back.vdi");
        try (VirtualDisk disk = manager.newDisk()) {
            disk.create(CreateRequest.of(file.toUri()).withSize(4 << 20));
        }
        Hashtable<String, Object> form = new Hashtable<>();
        for (String key : List.of("name", "format", "flags", "parents", "search", "export", "swap.timeout")) {
            form.put(key, "");
        }
        form.put("flags", new String[] {""});
        form.put("location", file.toString());
        Configuration configuration = declare(form);
        try {
            assertNotNull(declared());
        } finally {
            configuration.delete();
        }
    }

    @Test
    public void whatIsWrongIsSaidAndMendedInPlace() throws Exception {
        Path file = temporary.getRoot().toPath().resolve("back.vdi");
        Configuration configuration = declare(Map.of("location", file.toString(), "flags", "read-ony"));
        try {
            Declared wrong = await(Declared.State.FAILED, "read-ony");
            assertTrue(
                    wrong.reason().orElseThrow(), wrong.reason().orElseThrow().contains("did you mean read-only"));
            configuration.update(new Hashtable<>(Map.of("locaton", file.toString())));
            await(Declared.State.FAILED, "location is missing");
            configuration.update(new Hashtable<>(Map.of("location", file.toString())));
            await(Declared.State.WAITING, "no such file");
            try (VirtualDisk disk = manager.newDisk()) {
                disk.create(CreateRequest.of(file.toUri()).withSize(4 << 20));
            }
            assertNotNull(declared());
        } finally {
            configuration.delete();
        }
        long end = System.nanoTime() + MOST_MILLIS * 1_000_000;
        while (!manager.declared().isEmpty() && System.nanoTime() < end) {
            Thread.sleep(20);
        }
        assertEquals(List.of(), manager.declared());
    }

    @Test
    public void aTimeoutChangesInPlaceAndAClosedDiskComesBackWhenItIsStored() throws Exception {
        Path file = temporary.getRoot().toPath().resolve("back.vdi");
        try (VirtualDisk disk = manager.newDisk()) {
            disk.create(CreateRequest.of(file.toUri()).withSize(4 << 20));
        }
        Configuration configuration = declare(Map.of("location", file.toString(), "swap.timeout", "60"));
        try {
            VirtualDisk disk = declared();
            assertEquals(60, disk.options().swapTimeout().toSeconds());
            configuration.update(new Hashtable<>(Map.of("location", file.toString(), "swap.timeout", "61")));
            long end = System.nanoTime() + MOST_MILLIS * 1_000_000;
            while (disk.options().swapTimeout().toSeconds() != 61 && System.nanoTime() < end) {
                Thread.sleep(10);
            }
            assertEquals(61, disk.options().swapTimeout().toSeconds());
            assertSame(disk, declared());
            disk.close();
            await(Declared.State.CLOSED, "somebody has closed it");
            configuration.update(new Hashtable<>(Map.of("location", file.toString(), "swap.timeout", "61")));
            assertNotNull(declared());
        } finally {
            configuration.delete();
        }
    }

    private Configuration declare(Map<String, ?> properties) throws Exception {
        Configuration configuration = configurations.getFactoryConfiguration("org.platter.disk", "back", "?");
        configuration.update(new Hashtable<>(properties));
        return configuration;
    }

    private Declared await(Declared.State state, String reason) throws Exception {
        long end = System.nanoTime() + MOST_MILLIS * 1_000_000;
        List<Declared> seen = List.of();
        while (System.nanoTime() < end) {
            seen = manager.declared();
            for (Declared one : seen) {
                if (one.state() == state && one.reason().orElse("").contains(reason)) {
                    return one;
                }
            }
            Thread.sleep(20);
        }
        throw new AssertionError("not " + state + " because of " + reason + " but " + seen);
    }

    private VirtualDisk declared() throws Exception {
        ServiceTracker<VirtualDisk, VirtualDisk> tracker = new ServiceTracker<>(
                context,
                context.createFilter("(&(objectClass=" + VirtualDisk.class.getName() + ")(platter.disk.name=back))"),
                null);
        tracker.open();
        try {
            return tracker.waitForService(MOST_MILLIS);
        } finally {
            tracker.close();
        }
    }
}
