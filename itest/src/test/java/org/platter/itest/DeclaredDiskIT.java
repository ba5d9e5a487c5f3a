// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertNotNull;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Hashtable;
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
