// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.inject.Inject;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRevision;
import org.platter.disk.CopyRequest;
import org.platter.disk.CreateRequest;
import org.platter.disk.DiskManager;
import org.platter.disk.FormatInfo;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.format.Capability;
import org.platter.format.FormatBackend;
import org.platter.format.ImageFlag;

/** Formats are services with properties and bundle capabilities, and disks of them work through services alone. */
@RunWith(PaxExam.class)
public class FormatsIT {
    private static final Map<String, String> EXTENSIONS = Map.of("RAW", "img", "VDI", "vdi", "VMDK", "vmdk");

    @Rule
    public final TemporaryFolder temporary = new TemporaryFolder();

    @Inject
    private BundleContext context;

    @Inject
    private DiskManager manager;

    private URI file(String name) {
        return temporary.getRoot().toPath().resolve(name).toUri();
    }

    @Test
    public void formatsAreServicesWithTheirProperties() throws InvalidSyntaxException {
        for (String name : EXTENSIONS.keySet()) {
            Collection<ServiceReference<FormatBackend>> found =
                    context.getServiceReferences(FormatBackend.class, "(platter.format.name=" + name + ")");
            assertEquals(name, 1, found.size());
            ServiceReference<FormatBackend> reference = found.iterator().next();
            List<String> extensions = List.of((String[]) reference.getProperty("platter.format.extensions"));
            assertTrue(extensions.toString(), extensions.contains(EXTENSIONS.get(name)));
            List<String> capabilities = List.of((String[]) reference.getProperty("platter.format.capabilities"));
            assertTrue(capabilities.toString(), capabilities.contains("FILE"));
        }
    }

    @Test
    public void formatsAreCapabilitiesOfTheirBundles() throws InvalidSyntaxException {
        for (ServiceReference<FormatBackend> reference : context.getServiceReferences(FormatBackend.class, null)) {
            BundleRevision revision = reference.getBundle().adapt(BundleRevision.class);
            List<BundleCapability> declared = revision.getWiring().getCapabilities("platter.format");
            assertEquals(reference.toString(), 1, declared.size());
            assertEquals(
                    reference.getProperty("platter.format.name"),
                    declared.get(0).getAttributes().get("name"));
        }
    }

    @Test
    public void managerDescribesFormatsWithTheirSchema() {
        FormatInfo vdi = manager.format("vdi").orElseThrow();
        assertEquals("VDI", vdi.name());
        assertEquals("org.platter.backend.vdi", vdi.bundle());
        assertTrue(vdi.capabilities().contains(Capability.DIFF));
        assertTrue(vdi.schema().key("BlockSize").isPresent());
        assertEquals("RAW", manager.suggest(file("x.img")).orElseThrow().name());
    }

    @Test
    public void everyFormatConvertsToEveryOther() throws IOException {
        byte[] data = new byte[3 << 20];
        new Random(1).nextBytes(data);
        for (String from : EXTENSIONS.keySet()) {
            for (String to : EXTENSIONS.keySet()) {
                URI source = file(from + to + "-a." + EXTENSIONS.get(from));
                URI target = file(from + to + "-b." + EXTENSIONS.get(to));
                try (VirtualDisk disk = manager.newDisk();
                        VirtualDisk copy = manager.newDisk()) {
                    disk.create(CreateRequest.of(source).withFormat(from).withSize(16 << 20));
                    disk.write(ByteBuffer.wrap(data), 512);
                    disk.flush();
                    disk.copy(
                                    disk.last(),
                                    CopyRequest.into(
                                            copy, CreateRequest.of(target).withFormat(to)))
                            .join();
                    assertTrue(disk.compare(copy).join().identical());
                }
                assertArrayEquals(from + " to " + to, data, reopened(target, data.length));
            }
        }
    }

    private byte[] reopened(URI place, int length) throws IOException {
        try (VirtualDisk disk = manager.newDisk()) {
            disk.openChain(OpenRequest.of(place));
            ByteBuffer bytes = ByteBuffer.allocate(length);
            disk.read(bytes, 512);
            return bytes.array();
        }
    }

    @Test
    public void chainsMixFormats() throws IOException {
        byte[] base = new byte[1 << 20];
        new Random(2).nextBytes(base);
        try (VirtualDisk disk = manager.newDisk()) {
            disk.create(CreateRequest.of(file("base.img")).withFormat("RAW").withSize(8 << 20));
            disk.write(ByteBuffer.wrap(base), 0);
            disk.create(CreateRequest.of(file("middle.vmdk")).withFormat("VMDK").with(ImageFlag.DIFF));
            disk.write(ByteBuffer.wrap(new byte[4096]), 4096);
            disk.create(CreateRequest.of(file("top.vdi")).with(ImageFlag.DIFF));
            assertEquals(3, disk.layers().size());
            ByteBuffer bytes = ByteBuffer.allocate(1 << 20);
            disk.read(bytes, 0);
            java.util.Arrays.fill(base, 4096, 8192, (byte) 0);
            assertArrayEquals(base, bytes.array());
            disk.merge(disk.layers().get(1), disk.layers().get(2)).join();
            assertEquals(2, disk.layers().size());
            assertFalse(
                    temporary.getRoot().toPath().resolve("middle.vmdk").toFile().exists());
            disk.read(bytes.clear(), 0);
            assertArrayEquals(base, bytes.array());
        }
    }
}
