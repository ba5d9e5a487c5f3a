// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
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
import org.osgi.service.metatype.AttributeDefinition;
import org.osgi.service.metatype.MetaTypeInformation;
import org.osgi.service.metatype.MetaTypeService;
import org.osgi.service.metatype.ObjectClassDefinition;
import org.osgi.util.tracker.ServiceTracker;
import org.platter.disk.CreateRequest;
import org.platter.disk.DiskManager;
import org.platter.disk.VirtualDisk;

/** What a console of any kind learns about declared disks and formats, and what becomes of its forms. */
@RunWith(PaxExam.class)
public class MetatypeIT {
    private static final long MOST_MILLIS = 20_000;

    @Rule
    public final TemporaryFolder temporary = new TemporaryFolder();

    @Inject
    private BundleContext context;

    @Inject
    private MetaTypeService metatype;

    @Inject
    private ConfigurationAdmin configurations;

    @Inject
    private DiskManager manager;

    @Test
    public void aFormIsThereForDeclaredDisksAndForEveryFormat() {
        List<String> pids = Arrays.asList(information().getFactoryPids());
        assertTrue(
                pids.toString(),
                pids.containsAll(List.of(
                        "org.platter.disk",
                        "org.platter.disk.RAW",
                        "org.platter.disk.VDI",
                        "org.platter.disk.VMDK",
                        "org.platter.disk.iSCSI")));
    }

    @Test
    public void configKeysShowTheirTypeDefaultAndWhetherTheyAreWanted() {
        AttributeDefinition block = attribute("VDI", ObjectClassDefinition.OPTIONAL, "config.BlockSize");
        assertEquals(AttributeDefinition.LONG, block.getType());
        assertArrayEquals(new String[] {"1048576"}, block.getDefaultValue());
        assertEquals("", block.validate("1048576"));
        assertTrue(block.validate("many").contains("BlockSize"));
        AttributeDefinition secret = attribute("iSCSI", ObjectClassDefinition.OPTIONAL, "config.InitiatorSecret");
        assertEquals(AttributeDefinition.PASSWORD, secret.getType());
        AttributeDefinition target = attribute("iSCSI", ObjectClassDefinition.REQUIRED, "config.TargetName");
        assertEquals(AttributeDefinition.STRING, target.getType());
        assertFalse(target.getDescription().isEmpty());
        assertEquals(
                "location",
                attribute("VDI", ObjectClassDefinition.REQUIRED, "location").getName());
    }

    @Test
    public void aFormThatIsFilledInIsADisk() throws Exception {
        Path file = temporary.getRoot().toPath().resolve("form.vdi");
        try (VirtualDisk disk = manager.newDisk()) {
            disk.create(CreateRequest.of(file.toUri()).withSize(4 << 20));
        }
        Configuration form = configurations.getFactoryConfiguration("org.platter.disk.VDI", "filled", "?");
        // as consoles do it: every field of the form, whether somebody has typed something or not
        form.update(new Hashtable<>(
                Map.of("location", file.toString(), "name", "", "flags", new String[0], "config.BlockSize", 1048576L)));
        VirtualDisk disk = declared("filled");
        disk.write(ByteBuffer.wrap(new byte[512]), 0);

        Bundle vdi = FormatBundles.find(context, "org.platter.backend.vdi");
        vdi.stop();
        assertFalse(Arrays.asList(information().getFactoryPids()).contains("org.platter.disk.VDI"));
        vdi.start();
        disk.read(ByteBuffer.allocate(512), 0);
        assertEquals(disk, declared("filled"));

        form.delete();
        await(
                "the disk to leave",
                () -> context.getServiceReferences(VirtualDisk.class, filter("filled"))
                        .isEmpty());
    }

    private MetaTypeInformation information() {
        return metatype.getMetaTypeInformation(FormatBundles.find(context, "org.platter.container"));
    }

    private AttributeDefinition attribute(String format, int kind, String id) {
        ObjectClassDefinition form = information().getObjectClassDefinition("org.platter.disk." + format, null);
        return Arrays.stream(form.getAttributeDefinitions(kind))
                .filter(attribute -> attribute.getID().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private VirtualDisk declared(String name) throws Exception {
        ServiceTracker<VirtualDisk, VirtualDisk> tracker = new ServiceTracker<>(
                context, context.createFilter("(&(objectClass=*VirtualDisk)" + filter(name) + ")"), null);
        tracker.open();
        try {
            VirtualDisk disk = tracker.waitForService(MOST_MILLIS);
            assertTrue(name + " is not declared", disk != null);
            return disk;
        } finally {
            tracker.close();
        }
    }

    private static String filter(String name) {
        return "(platter.disk.name=" + name + ")";
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(String what, Condition condition) throws Exception {
        long end = System.nanoTime() + MOST_MILLIS * 1_000_000;
        while (!condition.holds()) {
            if (System.nanoTime() > end) {
                throw new IOException("waited in vain for " + what);
            }
            Thread.onSpinWait();
        }
    }
}
