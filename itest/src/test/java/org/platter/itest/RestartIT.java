// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotSame;

import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.osgi.framework.BundleException;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.util.tracker.ServiceTracker;
import org.platter.disk.DiskOptions;
import org.platter.disk.VirtualDisk;

/** The container itself is updated while a declared disk is in use. */
@RunWith(PaxExam.class)
public class RestartIT extends HotSwap {
    private static final String CONTAINER = "org.platter.container";

    @Inject
    private ConfigurationAdmin configurations;

    @After
    public void putContainerBack() throws BundleException {
        bundle(CONTAINER).update(new ByteArrayInputStream(FormatBundles.jar(CONTAINER)));
    }

    @Test
    public void declaredDisksComeBackWithWhatWasFlushed() throws Exception {
        chain(DiskOptions.DEFAULT).close();
        Configuration configuration = configurations.createFactoryConfiguration("org.platter.disk", "?");
        ServiceTracker<VirtualDisk, VirtualDisk> tracker = new ServiceTracker<>(
                context,
                context.createFilter("(&(objectClass=" + VirtualDisk.class.getName() + ")(platter.disk.name=kept))"),
                null);
        tracker.open();
        try {
            configuration.update(declaration());
            byte[] data = new byte[1 << 20];
            for (int round = 0; round < 4; round++) {
                VirtualDisk disk = tracker.waitForService(60_000);
                new Random(round).nextBytes(data);
                disk.write(ByteBuffer.wrap(data), (long) round << 20);
                disk.flush();
                CompletableFuture<?> reading = CompletableFuture.runAsync(() -> readUntilClosed(disk));
                replace(FORMATS.get(round % FORMATS.size()), Way.UPDATE);
                bundle(CONTAINER)
                        .update(new ByteArrayInputStream(
                                FormatBundles.version(FormatBundles.jar(CONTAINER), "2.0." + round)));
                reading.join();
                VirtualDisk again = tracker.waitForService(60_000);
                assertNotSame(disk, again);
                for (int i = 0; i <= round; i++) {
                    new Random(i).nextBytes(data);
                    assertArrayEquals("round " + i, data, read(again, (long) i << 20, data.length));
                }
                assertEquals(0, again.check(again.last()).join().errors());
            }
        } finally {
            configuration.delete();
            tracker.close();
        }
    }

    private Dictionary<String, Object> declaration() {
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put("location", file("top.vdi").toString());
        properties.put("name", "kept");
        return properties;
    }

    private static void readUntilClosed(VirtualDisk disk) {
        ByteBuffer bytes = ByteBuffer.allocate(4096);
        while (!disk.layers().isEmpty()) {
            disk.readAsync(List.of(bytes.clear()), 0)
                    .handle((nothing, failure) -> failure)
                    .join();
        }
    }
}
