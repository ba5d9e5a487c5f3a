// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.inject.Inject;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.event.EventHandler;
import org.osgi.util.tracker.ServiceTracker;
import org.platter.disk.CreateRequest;
import org.platter.disk.DiskManager;
import org.platter.disk.Layer;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.format.ImageFlag;

/** An at sign in a path is part of a name wherever the path is shown. */
@RunWith(PaxExam.class)
public class AtSignIT {
    @Rule
    public final TemporaryFolder temporary = new TemporaryFolder();

    @Inject
    private BundleContext context;

    @Inject
    private DiskManager manager;

    @Inject
    private ConfigurationAdmin configurations;

    @Inject
    private CommandProcessor processor;

    private Path folder;

    @Before
    public void makeFolder() throws Exception {
        folder = Files.createDirectories(temporary.getRoot().toPath().resolve("a@b/c@d"));
    }

    private URI file(String name) {
        return folder.resolve(name).toUri();
    }

    private VirtualDisk chain() throws DiskException {
        VirtualDisk disk = manager.newDisk();
        disk.create(CreateRequest.of(file("base@.vdi")).withSize(4 << 20));
        disk.write(ByteBuffer.wrap("not zeroes".repeat(512).getBytes(), 0, 4096), 0);
        disk.create(CreateRequest.of(file("top@.vmdk")).with(ImageFlag.DIFF));
        return disk;
    }

    @Test
    public void layersAndMapsNameTheFiles() throws Exception {
        try (VirtualDisk disk = chain()) {
            assertEquals(
                    List.of(file("base@.vdi"), file("top@.vmdk")),
                    disk.layers().stream().map(Layer::location).toList());
        }
        try (VirtualDisk disk = manager.newDisk()) {
            disk.openChain(OpenRequest.of(file("top@.vmdk")));
            assertEquals("the parent was found", 2, disk.layers().size());
        }
    }

    @Test
    public void messagesNameTheFile() {
        try (VirtualDisk disk = manager.newDisk()) {
            DiskException failure =
                    assertThrows(DiskException.class, () -> disk.openChain(OpenRequest.of(file("none@.vdi"))));
            String path = folder.resolve("none@.vdi").toString();
            assertTrue(failure.getMessage(), failure.getMessage().contains(path));
        } catch (DiskException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    public void eventsNameTheFile() throws Exception {
        BlockingQueue<Object> locations = new LinkedBlockingQueue<>();
        EventHandler handler = event -> locations.add(Objects.toString(event.getProperty("location")));
        Dictionary<String, Object> topic = new Hashtable<>(Map.of("event.topics", "org/platter/disk/layer/*"));
        ServiceRegistration<EventHandler> registration = context.registerService(EventHandler.class, handler, topic);
        Bundle vmdk = FormatBundles.find(context, "org.platter.backend.vmdk");
        try (VirtualDisk disk = chain()) {
            vmdk.stop();
            vmdk.start();
            assertEquals(folder.resolve("top@.vmdk").toString(), locations.poll(20, TimeUnit.SECONDS));
        } finally {
            registration.unregister();
        }
    }

    @Test
    public void aDeclaredDiskAndTheShellNameTheFile() throws Exception {
        chain().close();
        Configuration declared = configurations.getFactoryConfiguration("org.platter.disk", "at", "?");
        declared.update(
                new Hashtable<>(Map.of("location", folder.resolve("top@.vmdk").toString())));
        ServiceTracker<VirtualDisk, VirtualDisk> tracker = new ServiceTracker<>(
                context,
                context.createFilter("(&(objectClass=" + VirtualDisk.class.getName() + ")(platter.disk.name=at))"),
                null);
        tracker.open();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (CommandSession session =
                processor.createSession(InputStream.nullInputStream(), out, new ByteArrayOutputStream())) {
            VirtualDisk disk = tracker.waitForService(20_000);
            assertEquals(file("top@.vmdk"), disk.last().location());
            for (String line : List.of("disk:list", "disk:list --json", "disk:info at", "disk:info --json at")) {
                assertShows(session, out, line, folder.resolve("top@.vmdk").toString());
            }
            for (String line : List.of("disk:map at", "disk:map --json at", "disk:info --chain at")) {
                assertShows(session, out, line, folder.resolve("base@.vdi").toString());
            }
        } finally {
            tracker.close();
            declared.delete();
        }
    }

    private static void assertShows(CommandSession session, ByteArrayOutputStream out, String line, String path)
            throws Exception {
        out.reset();
        String answer = session.format(session.execute(line), Converter.INSPECT).toString();
        String text = answer + out;
        assertTrue(line + ": " + text, text.contains(path));
    }
}
