noinst_LIBRARIES += libstore.a
libstore_a_SOURCES = \
	store/object.c store/object.h \
	store/snapshot.h \
	store/store.c store/store.h

# What a program that links libstore.a needs besides.
STORE_LIBS = libstore.a

# Tensors, the client side.
libstore_a_SOURCES += \
	store/tensor.c store/tensor.h \
	store/tensor_client.c store/tensor_client.h \
	store/tensor_codec.c store/tensor_codec.h \
	store/tensor_format.c store/tensor_format.h

# The confined worker, the only program that links HDF5. In the build tree it stands beside wb, which looks there first.
pkglibexec_PROGRAMS += wb-tensor
wb_tensor_SOURCES = \
	store/tensor_confine.c store/tensor_confine.h \
	store/tensor_h5.h \
	store/tensor_h5_driver.c \
	store/tensor_h5_value.c \
	store/tensor_hdf5.c store/tensor_hdf5.h \
	store/tensor_header.c store/tensor_header.h \
	store/tensor_main.c \
	store/tensor_sink.c store/tensor_sink.h
wb_tensor_CPPFLAGS = $(AM_CPPFLAGS) $(HDF5_CFLAGS)
wb_tensor_LDFLAGS = $(AM_LDFLAGS) $(WB_PROGRAM_LDFLAGS)
wb_tensor_LDADD = $(STORE_LIBS) $(BASE_LIBS) $(HDF5_LIBS)
